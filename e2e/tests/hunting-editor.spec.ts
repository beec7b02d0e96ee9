import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from '../support/fixtures.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let page: Page;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  server = await startServer();
  const context = await browser.newContext({
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  listen();
  await page.goto(server.setupLink ?? '');
  await page.getByRole('textbox', { name: /^Your name/ }).fill('Ada Analyst');
  await page.getByRole('textbox', { name: /^User name/ }).fill('ada');
  await page.getByRole('textbox', { name: /^Password(?! again)/ }).fill('seven quiet harbours');
  await page.getByRole('textbox', { name: /^Password again/ }).fill('seven quiet harbours');
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await expect(page).toHaveURL(/\/welcome/);
  await page.goto(`${server.url}/hunting`);
  await expect(page.locator('.monaco-editor textarea').first()).toBeAttached({ timeout: 60_000 });
});

test.afterAll(async () => {
  await page.context().close();
  expect(await server.stop()).toBe(0);
});

const input = () => page.getByRole('textbox', { name: /^KQL query/ });

/** Replaces the whole text by pasting, so that nothing is completed or closed on the way. */
async function write(text: string): Promise<void> {
  await input().focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
  await page.keyboard.press('Escape');
}

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
}

/** What the compiler said of each text the page asked about. */
const answers = new Map<string, readonly Finding[]>();

function listen(): void {
  page.on('response', (response) => {
    if (!response.url().endsWith('/api/hunting/check') || !response.ok()) return;
    const { query } = response.request().postDataJSON() as { query: string };
    response.json().then(
      (body: { diagnostics: Finding[] }) => answers.set(query, body.diagnostics),
      () => undefined,
    );
  });
}

async function findings(text: string): Promise<readonly Finding[]> {
  await expect.poll(() => answers.has(text)).toBe(true);
  return answers.get(text) ?? [];
}

const squiggles = () => page.locator('.monaco-editor .squiggly-error');

/** The text under a squiggle, from the rectangles on screen: the letters of the line have one width. */
async function underlined(index: number): Promise<{ line: number; column: number; length: number }> {
  const mark = await squiggles().nth(index).boundingBox();
  const lines = await Promise.all(
    (await page.locator('.monaco-editor .view-line > span').all()).map(async (line) => ({
      box: await line.boundingBox(),
      letters: (await line.textContent())?.length ?? 1,
    })),
  );
  if (!mark) throw new Error('The squiggle is not on screen.');
  const sorted = lines.flatMap(({ box, letters }) => (box ? [{ box, letters }] : [])).sort((a, b) => a.box.y - b.box.y);
  const middle = mark.y + mark.height / 2;
  const line = sorted.findIndex(({ box }) => middle >= box.y && middle <= box.y + box.height);
  const { box, letters } = sorted[line] ?? { box: mark, letters: 1 };
  const width = box.width / letters;
  return {
    line: line + 1,
    column: Math.round((mark.x - box.x) / width) + 1,
    length: Math.round(mark.width / width),
  };
}

test('underlines what the compiler finds, where it finds it, several at once', async () => {
  const text = 'DeviceEvents\n| where DeviceNam == "a"\n| extend X = strct("a", FileNme)';
  await write(text);
  await expect(squiggles()).toHaveCount(3);
  // The language service does its own work a moment later; it must not take them away.
  await page.waitForTimeout(1500);
  await expect(squiggles()).toHaveCount(3);
  const found = await findings(text);
  expect(found.map((one) => one.code)).toHaveLength(3);
  // Colours arrive later and draw the lines anew, so a measure may have to be taken again.
  await expect(async () => {
    for (const [index, one] of found.entries())
      expect(await underlined(index)).toEqual({ line: one.line, column: one.column, length: one.length });
  }).toPass();
});

test('shows no squiggle on what compiles although the library would complain', async () => {
  await write(
    'MiscEvents\n| where ComputerName has "x" and AdditionalFields has "y"\n| invoke FileProfile(SHA1, 5)\n| take 1',
  );
  await expect(squiggles()).toHaveCount(0);
  await page.waitForTimeout(1500);
  await expect(squiggles()).toHaveCount(0);
});

test('replaces a wrong name by its quick fix, from the keyboard', async () => {
  await write('DeviceProcesEvents\n| take 1');
  await expect(squiggles()).toHaveCount(1);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+.');
  const fix = page
    .getByRole('option', { name: /Replace with DeviceProcessEvents/ })
    .or(page.locator('.action-widget').getByText('Replace with DeviceProcessEvents'));
  await expect(fix.first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.locator('.view-line').first()).toHaveText('DeviceProcessEvents');
  await expect(squiggles()).toHaveCount(0);
});

test('tells what a word means in our words', async () => {
  await write('DeviceEvents\n| summarize make_set(DeviceName) by bin(Timestamp, 1h)');
  await page.waitForTimeout(500);
  const hover = page.locator('.monaco-hover:visible');
  await page
    .locator('.view-line span', { hasText: /^make_set/ })
    .last()
    .hover();
  await expect(hover.first()).toContainText('Different values as an array.');
  await expect(hover.first()).toContainText('Aggregate');
  await page.mouse.move(5, 5);
  await page.locator('.view-line span', { hasText: 'DeviceEvents' }).last().hover();
  await expect(hover.first()).toContainText('Table');
  await page.mouse.move(5, 5);
});

test('offers what the compiler supports, with our help', async () => {
  await write('DeviceEvents\n| extend X = strc');
  await page.keyboard.press('Control+Space');
  const list = page.locator('.suggest-widget .monaco-list-row');
  await expect(list.filter({ hasText: 'strcat' }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  await write('Misc');
  await page.keyboard.press('Control+Space');
  await page.waitForTimeout(800);
  await expect(list.filter({ hasText: 'MiscEvents' })).toHaveCount(0);
  await page.keyboard.press('Escape');
});

test('runs the query at the cursor, marks it, and runs a statement list whole; all from the keyboard', async () => {
  const cells = page.getByRole('grid').getByRole('gridcell');
  await write('print Which = "first"\n\nprint Which = "second"');
  await page.keyboard.press('Control+Home');
  await expect(page.locator('.parapet-will-run')).toHaveCount(1);
  await page.keyboard.press('Shift+Enter');
  await expect(cells.filter({ hasText: 'first' })).toBeVisible();
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Shift+Enter');
  await expect(cells.filter({ hasText: 'second' })).toBeVisible();
  await expect(cells.filter({ hasText: 'first' })).toHaveCount(0);

  await write('let a = "whole";\n\nlet b = strcat(a, " list");\n\nprint Which = b');
  await expect(page.locator('.parapet-will-run')).toHaveCount(5);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Shift+Enter');
  await expect(cells.filter({ hasText: 'whole list' })).toBeVisible();
});

test('formats and comments from the keyboard', async () => {
  await write('DeviceEvents | where   DeviceName=="a" | take   3\n\nprint 1');
  await page.keyboard.press('Shift+Alt+F');
  await expect(page.locator('.view-line').filter({ hasText: '| take 3' })).toHaveCount(1);
  await expect(page.locator('.view-line').filter({ hasText: /^print\s1$/ })).toHaveCount(1);
  await expect(page.locator('.parapet-will-run').first()).toBeVisible();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Control+/');
  await expect(page.locator('.view-line').first()).toContainText('//');
  await page.keyboard.press('Control+/');
  await expect(page.locator('.view-line').first()).not.toContainText('//');
});

test('shows several results as tabs with their rows', async () => {
  await write('range N from 1 to 5 step 1\n| fork Small = (where N < 3) Large = (where N >= 3 | project M = N)');
  await page.keyboard.press('Shift+Enter');
  const small = page.getByRole('tab', { name: 'Small (2)' });
  await expect(small).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('columnheader', { name: /^N/ })).toBeVisible();
  await page.getByRole('tab', { name: 'Large (3)' }).click();
  await expect(page.getByRole('columnheader', { name: /^M/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'About this run' })).toContainText('5 rows in 2 tables');
  await expectAccessible(page, 'result tabs');
});

test('explains a query down to its SQL and parameters, and says where it cannot', async () => {
  await write(
    'DeviceEvents\n| where ActionType == "PnpDeviceConnected"\n| summarize Rows = count() by DeviceName\n| render barchart',
  );
  await page.keyboard.press('Alt+x');
  const pane = page.getByRole('region', { name: 'Results of the query' });
  await expect(pane.getByRole('region', { name: 'SQL' }).first()).toContainText('SELECT');
  await expect(pane.getByRole('cell', { name: 'PnpDeviceConnected' })).toBeVisible();
  await expect(pane.getByRole('region', { name: 'SQL' }).first().locator('pre')).not.toContainText(
    'PnpDeviceConnected',
  );
  await expect(pane).toContainText('Compiled in');
  await expect(pane).toContainText('barchart');
  await pane.getByRole('button', { name: 'Copy SQL' }).click();
  await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toContain('SELECT');
  for (const [tab, text] of [
    ['Plan', 'read'],
    ['Optimised plan', 'aggregate'],
    ['Syntax', 'FilterOperator'],
    ['Warnings (0)', 'No part of this query'],
  ] as const) {
    await pane.getByRole('tab', { name: tab, exact: true }).click();
    await expect(pane.getByRole('region', { name: tab })).toContainText(text);
  }
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await expect(page.locator('.monaco-editor').first()).toHaveClass(scheme === 'dark' ? /\bvs-dark\b/ : /\bvs\b/);
    // Colours fade over; measured half-way they are nobody's.
    await page.waitForTimeout(500);
    await expectAccessible(page, `explain ${scheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });

  await write('DeviceEvents\n| where Nothing == 1');
  await pane.getByRole('button', { name: 'Explain it' }).click();
  await expect(pane.getByRole('list', { name: 'Messages' })).toContainText("'Nothing'");
});

/** Runs a text and waits for its rows; those of the run before stay on screen until these come. */
async function rows(text: string): Promise<void> {
  await write(text);
  const answer = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/api/hunting/run'),
  );
  await page.keyboard.press('Shift+Enter');
  await (await answer).finished();
  await expect(page.getByRole('progressbar', { name: 'The query is running' })).toHaveCount(0);
  await expect(grid()).toBeVisible();
}

const grid = () => page.getByTestId('results-grid');
/** Role and text of the cell that the focused element names as the active one. */
const active = () =>
  page.evaluate<string>(`(() => {
    const cell = document.getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '');
    return cell ? cell.role + ' ' + cell.textContent : 'none';
  })()`);
const text = () => page.evaluate<string>("localStorage.getItem('parapet.hunting.tabs') ?? ''");

test('says that a result was cut', async () => {
  await rows('range N from 1 to 30001 step 1');
  await expect(page.getByText('Only the first 30,000 rows are shown')).toBeVisible();
  await expect(page.getByRole('region', { name: 'About this run' })).toContainText('30,000 rows');
});

test('chooses, groups, pins and copies rows from the keyboard', async () => {
  await rows('range N from 1 to 60 step 1\n| extend Kind = iff(N <= 40, "many", "few"), D = dynamic({"a": {"b": 7}})');
  // Whoever tabs in is in the first cell at once.
  await page.getByRole('button', { name: 'Export' }).focus();
  await page.keyboard.press('Tab');
  await expect(grid()).toBeFocused();
  await expect.poll(active).toBe('gridcell 1');
  await page.keyboard.press('x');
  await expect(page.getByText('1 chosen of 60 rows')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+Space');
  await expect(page.getByText('3 chosen of 60 rows')).toBeVisible();
  await page.keyboard.press('Control+c');
  await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toContain('N\tKind\tD\n1\tmany');
  await page.keyboard.press('Escape');
  await expect(page.getByText('chosen of')).toHaveCount(0);
  // Scrolled away by the wheel, it is in view again for whoever comes back to it.
  await page.keyboard.press('Shift+Tab');
  await grid().hover();
  await page.mouse.wheel(0, 900);
  await expect(grid().getByRole('rowheader', { name: '50', exact: true })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect.poll(active).toBe('gridcell 3');

  // The header's menu, reached by the arrow keys alone.
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Group by this column' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('60 rows in 2 groups')).toBeVisible();
  await expect(grid().getByRole('row').filter({ hasText: 'Kind' }).nth(1)).toContainText('many40 rows');
  await grid().focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowRight');
  await expect(grid().getByRole('row').nth(1)).toHaveAttribute('aria-expanded', 'true');
  await expect(grid().getByRole('gridcell', { name: 'many', exact: true }).first()).toBeVisible();
  await expectAccessible(page, 'grouped results');

  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Pin to the left' }).focus();
  await page.keyboard.press('Enter');
  await expect(grid().getByRole('columnheader').nth(1)).toContainText('D');
});

test('leaves out a leaf of a document, and the query says so', async () => {
  await rows('range N from 1 to 3 step 1\n| extend D = bag_pack("a", bag_pack("b", N))');
  await grid().focus();
  // Nothing is left of where the rows before were chosen from.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+Space');
  await expect(page.getByText('1 chosen of 3 rows')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  const pane = page.getByRole('complementary', { name: 'Inspected row' }).or(page.getByLabel('Inspected row'));
  await pane.first().getByRole('button', { name: 'Actions for b', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Filter this out, then run' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'About this run' })).toContainText('2 rows');
  await expect.poll(text).toContain('tostring(D.a.b) !=');
});

test('exports Parquet and CSV of what is shown', async () => {
  await rows('range N from 1 to 5 step 1');
  for (const [name, ending] of [
    [/^Parquet, as shown \(5 rows\)/, '.parquet'],
    [/^CSV, as shown \(5 rows\)/, '.csv'],
  ] as const) {
    await page.getByRole('button', { name: 'Export' }).focus();
    await page.keyboard.press('Enter');
    const file = page.waitForEvent('download');
    await page.getByRole('menuitem', { name }).press('Enter');
    expect((await file).suggestedFilename()).toMatch(new RegExp(`\\${ending}$`));
  }
});

test('links rows to a new incident, from the keyboard', async () => {
  await rows('print DeviceName = "shore-1.corp.example", FileName = "odd.exe", Timestamp = now()');
  await grid().focus();
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'Link to incident' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Link 1 row to an incident' });
  await dialog.getByRole('textbox', { name: 'Title of the alert' }).focus();
  await page.keyboard.type('An odd program');
  await expect(dialog.getByRole('status')).toContainText('One alert');
  await expectAccessible(page, 'link to incident');
  await dialog.getByRole('button', { name: 'Link rows' }).press('Enter');
  await expect(page).toHaveURL(/\/incidents\/\d+/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('An odd program');
  await page.goto(`${server.url}/hunting`);
  await expect(page.locator('.monaco-editor textarea').first()).toBeAttached({ timeout: 60_000 });
});

test('asks without the language, and hands its query over as text', async () => {
  await page.getByRole('button', { name: /New guided query/ }).press('Enter');
  const pane = page.getByRole('region', { name: 'Guided query' });
  await pane.getByRole('button', { name: 'Add condition' }).press('Enter');
  await pane.getByRole('combobox', { name: 'Filter by' }).selectOption({ label: 'SHA256' });
  await pane.getByRole('textbox', { name: 'Add a value of SHA256' }).focus();
  await page.keyboard.type('ab'.repeat(32));
  await page.keyboard.press('Enter');
  await expect(pane.getByRole('status')).toContainText(/Reads \d+ tables/);
  await expectAccessible(page, 'guided query');
  await page.getByRole('button', { name: 'Run query' }).press('Enter');
  await expect(page.getByText('The query ran and matched nothing')).toBeVisible();
  await pane.getByRole('button', { name: 'Edit in KQL' }).press('Enter');
  await expect(page.locator('.view-line').first()).toContainText('union');
  await expect(squiggles()).toHaveCount(0);
});

// The search box loses a key or its focus now and then right after the page has loaded; the cause is not known yet.
test('finds pages, actions and exact things from anywhere by keyboard', async () => {
  await page.goto(server.url);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('/');
  const box = page.getByRole('combobox', { name: 'Search', exact: true });
  await expect(box).toBeFocused();
  await page.keyboard.type('oss:linux');
  await expect(page.getByText('There is no operator oss:')).toBeVisible();
  await expectAccessible(page, 'search suggestions');
  await page.keyboard.press('Escape');
  await page.keyboard.type('ip:10.0.0.0/33');
  await expect(page.getByText('The prefix must be 0–32.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.type('2001:DB8:0::1');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/entities\/ip\/2001%3Adb8%3A%3A1$/);
  await page.keyboard.press('/');
  await page.keyboard.type('DeviceProc');
  await expect(page.getByRole('option', { name: /DeviceProcessEvents/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/search\?q=DeviceProc/);
  await expect(page.getByRole('region', { name: 'Hunting tables' })).toBeVisible();
  await expectAccessible(page, 'search results');

  for (const theme of ['high contrast', 'dark', 'light'] as const) {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Command' }).fill(`theme ${theme}`);
    await expectAccessible(page, `command palette before ${theme}`);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.waitForTimeout(500);
    await expectAccessible(page, `search results in ${theme}`);
  }
  await page.keyboard.press('Control+k');
  await page.keyboard.type('advanced hunting');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/hunting$/);
});
