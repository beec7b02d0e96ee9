import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { functionReference, REFERENCE_PAGE } from '../scripts/reference.ts';

test('the function reference is current: npm run docs writes it again', () => {
  expect(readFileSync(REFERENCE_PAGE, 'utf8')).toBe(functionReference());
});
