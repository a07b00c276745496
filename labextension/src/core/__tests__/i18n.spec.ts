import { expect, test } from 'vitest';
import { translatorOf } from '../i18n';

test('both spellings of the tag of Chinese are Chinese', () => {
  expect(translatorOf('zh_CN').__('Jobs')).toBe('任务');
  expect(translatorOf('zh-Hans').__('Jobs')).toBe('任务');
});

test('every other language gets English', () => {
  expect(translatorOf('fr').__('Jobs')).toBe('Jobs');
  expect(translatorOf(null).language).toBe('en');
});

test('numbers choose the form and fill the first place', () => {
  const en = translatorOf('en');

  expect(en._n('%1 job ahead', '%1 jobs ahead', 1)).toBe('1 job ahead');
  expect(en._n('%1 job ahead', '%1 jobs ahead', 3)).toBe('3 jobs ahead');
});

test('an argument that looks like a place is left as it is', () => {
  expect(translatorOf('en').__('by %1', '%2')).toBe('by %2');
});

test('a Chinese sentence has a space beside Latin and none beside Chinese', () => {
  const zh = translatorOf('zh');

  expect(zh.__('by %1', '平台')).toBe('平台经办');
  expect(zh.__('by %1', 'ada')).toBe('ada 经办');
  expect(zh.__('as of %1', '刚刚')).toBe('截至刚刚');
  expect(zh.__('as of %1', '4 秒前')).toBe('截至 4 秒前');
  expect(zh.__('%1: %2', 'loss', '下降')).toBe('loss：下降');
});

test('several things stand in one line as each language has it', () => {
  expect(translatorOf('zh').list(['甲', '乙'])).toBe('甲、乙');
  expect(translatorOf('en').list(['a', 'b'])).toBe('a, b');
});

test('a job of several replicas says in Chinese what each of them uses', () => {
  const text = translatorOf('zh')._n('%1 replica of %2', '%1 replicas of %2', 2, '模拟 GPU');

  expect(text).toBe('2 个副本，各用模拟 GPU');
});
