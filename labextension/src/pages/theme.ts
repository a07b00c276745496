/** Marks the page light or dark as the system is, with the attribute that JupyterLab's themes use. */
export function followSystemTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const mark = (): void => {
    document.body.dataset.jpThemeLight = String(!dark.matches);
  };
  dark.addEventListener('change', mark);
  mark();
}
