// One rule is ours: views know nothing of JupyterLab, so that Lab and the pages share them.
import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

const noLab = {
  'no-restricted-imports': [
    'error',
    { patterns: [{ group: ['@jupyterlab/*', '@lumino/*'], message: 'Only src/lab/ knows JupyterLab.' }] }
  ]
};

export default ts.config(
  { ignores: ['lib/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['scripts/*.mjs', '*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } }
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [...ts.configs.recommended, a11y.flatConfigs.strict],
    plugins: { 'react-hooks': hooks },
    languageOptions: { parserOptions: { project: './tsconfig.test.json' } },
    rules: {
      ...hooks.configs.recommended.rules,
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], custom: { regex: '^I[A-Z]', match: true } }
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      curly: ['error', 'all'],
      eqeqeq: 'error'
    }
  },
  { files: ['src/**/*.{ts,tsx}'], ignores: ['src/lab/**'], rules: noLab }
);
