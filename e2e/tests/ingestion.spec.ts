import { expect, expectAccessible, test } from '../support/fixtures.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer();
});

test.afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

test('a source is added, sends, and a connector is written for its records', async ({ page }) => {
  const token = new URL(server.setupLink ?? '').searchParams.get('token');
  const made = await page.request.post(`${server.url}/api/setup`, {
    data: { token, username: 'ada', displayName: 'Ada', password: 'seven quiet harbours' },
  });
  expect(made.ok()).toBe(true);
  let key = '';

  await test.step('a source is added and its key is shown once', async () => {
    await page.goto(`${server.url}/ingestion`);
    await page.getByRole('button', { name: 'Add a source' }).first().click();
    await expectAccessible(page, 'kinds of sources');
    await page.getByRole('button', { name: /^Elasticsearch bulk/ }).click();
    await page.getByRole('textbox', { name: /^Name/ }).fill('Badge readers');
    await expectAccessible(page, 'new source');
    await page.getByRole('button', { name: 'Add source' }).click();
    await expect(page.getByText('Waiting for the first event')).toBeVisible();
    key = (
      await page
        .getByRole('alertdialog')
        .locator('span, code')
        .filter({ hasText: /^[\w+/]{60,}=*$/ })
        .first()
        .innerText()
    ).trim();
    await expectAccessible(page, 'source added');
  });

  await test.step('its first event turns the dialog green', async () => {
    const sent = await page.request.post(`${server.url}/_bulk`, {
      headers: { authorization: `ApiKey ${key}`, 'content-type': 'application/x-ndjson' },
      data: '{"create":{"_index":"doors"}}\n{"badge":"b7","door":"north","at":"2026-02-03T04:05:06Z","floor":3}\n',
    });
    expect((await sent.json()) as { errors: boolean }).toMatchObject({ errors: false });
    await expect(page.getByText('Receiving: 1 event accepted')).toBeVisible();
    await page.getByRole('link', { name: 'See the source' }).click();
    await expect(page).toHaveURL(/\/ingestion\/sources\//);
    await expect(page.getByRole('heading', { name: 'Badge readers' })).toBeVisible();
    await expectAccessible(page, 'source');
    for (const tab of ['Settings', /^Keys/, 'Set up']) {
      await page.getByRole('tab', { name: tab }).click();
      await expectAccessible(page, `source tab ${String(tab)}`);
    }
  });

  await test.step('a limit is set, survives a reload, and the source is switched off and on', async () => {
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('spinbutton', { name: 'Events a second' }).fill('500');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Source saved', { exact: true })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('spinbutton', { name: 'Events a second' })).toHaveValue('500');
    await page.getByRole('button', { name: 'Switch off' }).click();
    await expect(page.getByText('Source switched off', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await expect(page.getByRole('button', { name: 'Switch off' })).toBeVisible();
  });

  await test.step('a connector is tried on the record, corrected, installed, and takes the next one', async () => {
    await page.goto(`${server.url}/ingestion/connectors/new`);
    const editor = page.getByRole('textbox', { name: 'Definition of the connector' });
    await expect(editor).toBeVisible();
    const type = async (box: typeof editor, text: string) => {
      await box.focus();
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Delete');
      await page.keyboard.insertText(text);
    };
    await type(
      page.getByRole('textbox', { name: 'Records to try' }),
      '{"badge":"b7","door":"north","at":"2026-02-03T04:05:06Z","floor":3}',
    );
    await type(editor, connector('NoSuchColumn'));
    await page.getByRole('button', { name: 'Try' }).click();
    await expect(page.getByRole('alert').getByText('NoSuchColumn')).toBeVisible();
    await type(editor, connector('AccountId'));
    await page.getByRole('button', { name: 'Try' }).click();
    await expect(page.getByText('1 record read, 1 record taken, 1 row in 1 table')).toBeVisible();
    await expect(page.getByRole('table', { name: 'Fields nothing reads' }).getByText('floor')).toBeVisible();
    await expectAccessible(page, 'new connector');
    await page.getByRole('button', { name: 'Install' }).click();
    await expect(page).toHaveURL(/\/ingestion\/connectors\/badge-doors/);
    await page.request.post(`${server.url}/_bulk`, {
      headers: { authorization: `ApiKey ${key}`, 'content-type': 'application/x-ndjson' },
      data: '{"create":{"_index":"doors"}}\n{"badge":"b8","door":"south","at":"2026-02-03T04:05:07Z"}\n',
    });
    await page.goto(`${server.url}/ingestion?tab=connectors&find=badge`);
    await expect(page.getByRole('link', { name: 'Badge doors' })).toBeVisible();
    await expect(async () => {
      await page.reload();
      await expect(
        page.getByRole('table', { name: 'Connectors' }).getByRole('cell', { name: '1', exact: true }),
      ).toBeVisible({
        timeout: 2_000,
      });
    }).toPass({ timeout: 30_000 });
    await expectAccessible(page, 'connectors');
  });
});

const connector = (column: string): string =>
  [
    'id: badge-doors',
    'title: Badge doors',
    'vendor: Example',
    'description: Doors.',
    'match: isnotempty(RawEventData.badge) and isnotempty(RawEventData.door)',
    'prepare: "extend At = tostring(RawEventData.at)"',
    'time: At',
    'outputs: [{ table: CloudAppEvents, when: "true", transform: "project Timestamp = EventTime, ActionType = strcat(\'Door \', tostring(RawEventData.door)), ' +
      `${column} = tostring(RawEventData.badge)" }]`,
    'samples: [{ name: a door, event: { badge: b1, door: d1, at: "2026-01-01T00:00:00Z" }, rows: { CloudAppEvents: [{ AccountId: b1 }] } }]',
  ].join('\n');
