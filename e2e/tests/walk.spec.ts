import { expect, expectAccessible, test } from '../support/fixtures.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer();
});

test.afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

const PASSWORD = 'seven quiet harbours';

interface Listed {
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly impactedAssets: readonly { readonly type: string }[];
    readonly totalAlerts: number;
  }[];
  readonly total: number;
}

test('from the set-up link to a closed incident', async ({ page }) => {
  await test.step('the set-up link makes the first administrator', async () => {
    expect(server.setupLink).not.toBeNull();
    await page.goto(server.setupLink ?? '');
    await expect(page.getByRole('button', { name: 'Create administrator' })).toBeVisible();
    await expectAccessible(page, 'set-up');
    await page.getByRole('textbox', { name: /^Your name/ }).fill('Ada Analyst');
    await page.getByRole('textbox', { name: /^User name/ }).fill('ada');
    await page.getByRole('textbox', { name: /^Password(?! again)/ }).fill(PASSWORD);
    await page.getByRole('textbox', { name: /^Password again/ }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await expect(page).toHaveURL(/\/welcome/);
    await expectAccessible(page, 'welcome');
  });

  await test.step('the sample environment loads', async () => {
    await page.getByRole('button', { name: 'Load the sample environment' }).click();
    await expect(page.getByRole('progressbar').first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Open the incidents' })).toBeVisible({ timeout: 480_000 });
  });

  let incident = { id: '', name: '' };
  await test.step('the queue shows what the rules found', async () => {
    await page.getByRole('button', { name: 'Open the incidents' }).click();
    await expect(page).toHaveURL(/\/incidents/);
    const list = (await (await page.request.get(`${server.url}/api/incidents?pageSize=100`)).json()) as Listed;
    expect(list.total).toBeGreaterThanOrEqual(3);
    const onDevices = list.items
      .filter((one) => one.impactedAssets.some((asset) => asset.type === 'device'))
      .sort((a, b) => b.totalAlerts - a.totalAlerts)[0];
    expect(onDevices).toBeDefined();
    incident = { id: onDevices?.id ?? '', name: onDevices?.name ?? '' };
    await expect(page.getByText(incident.name).first()).toBeVisible();
    await expectAccessible(page, 'incident queue');
  });

  await test.step('two incidents are taken, commented and one is opened by keyboard alone', async () => {
    await page.goto(`${server.url}/incidents?range=all`);
    await expect(page.getByRole('grid', { name: 'Incidents' }).getByRole('row').nth(2)).toBeVisible();
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
    await expect(page.getByText('2 incidents selected')).toBeVisible();
    await page.keyboard.press('e');
    await expect(page.locator('.fui-ToastTitle', { hasText: 'Assigned to you: 2 incidents' })).toBeVisible();
    await page.keyboard.press('c');
    await expect(page.getByRole('dialog').getByRole('textbox', { name: /^Comment/ })).toBeFocused();
    await expectAccessible(page, 'comment dialog');
    await page.keyboard.type('Taken **by keyboard**, ask @ad');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await expect(page.locator('.fui-ToastTitle', { hasText: 'Commented: 2 incidents' })).toBeVisible();
    await page.keyboard.press('o');
    await expect(page).toHaveURL(/\/incidents\/\d+/);
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const taken = (await (await page.request.get(`${server.url}/api/incidents/${id}`)).json()) as {
      assignedTo: string;
      comments: { text: string }[];
    };
    expect(taken.assignedTo).toBe('ada');
    expect(taken.comments.map(({ text }) => text)).toEqual(['Taken **by keyboard**, ask @ada']);
    await page.goto(`${server.url}/incidents`);
  });

  await test.step('the incident tells its story', async () => {
    await page.getByRole('link', { name: incident.name }).first().click();
    await expect(page).toHaveURL(new RegExp(`/incidents/${incident.id}`));
    await expect(page.getByRole('tab', { name: 'Attack story' })).toHaveAttribute('aria-selected', 'true');
    await expect(page.locator('.react-flow__node').first()).toBeVisible();
    await expectAccessible(page, 'attack story');
    for (const tab of [/^Assets/, /^Evidence/, /^Timeline/, /^Summary/, /^Similar/, /^Tasks/, /^Activity/, /^Alerts/]) {
      await page.getByRole('tab', { name: tab }).click();
      await expect(page.getByRole('tab', { name: tab })).toHaveAttribute('aria-selected', 'true');
      await page.waitForLoadState('networkidle');
      await expectAccessible(page, `incident tab ${tab.source}`);
    }
  });

  await test.step('an alert opens with its process tree from telemetry', async () => {
    const alerts = (await (
      await page.request.get(`${server.url}/api/incidents/${incident.id}/alerts?pageSize=100`)
    ).json()) as { items: { id: string; title: string; evidence: { type: string }[] }[] };
    const withProcess = alerts.items.find((alert) => alert.evidence.some((item) => item.type === 'process'));
    expect(withProcess).toBeDefined();
    await page
      .getByRole('link', { name: withProcess?.title ?? '' })
      .first()
      .click();
    await expect(page).toHaveURL(/\/alerts\//);
    await expect(page.getByRole('tree')).toBeVisible();
    await expect(page.getByRole('treeitem').first()).toBeVisible();
    await expectAccessible(page, 'alert');
  });

  await test.step('"hunt for this" leads to the rows', async () => {
    await page.getByRole('treeitem').last().click();
    await page.getByRole('link', { name: 'Hunt for the row that started it' }).click();
    await expect(page).toHaveURL(/\/hunting/);
    await expect(page.getByRole('grid').getByRole('row').nth(1)).toBeVisible();
    await expectAccessible(page, 'hunting');
  });

  await test.step('the incident is closed as a true positive', async () => {
    await page.goto(`${server.url}/incidents/${incident.id}`);
    await page.getByRole('button', { name: 'Resolve', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /true positive/i }).check();
    await dialog
      .getByLabel('Determination')
      .selectOption({ label: 'Multi-staged attack' })
      .catch(() => dialog.getByLabel('Determination').selectOption({ index: 1 }));
    await dialog.getByLabel('Comment').fill('Seen, contained and closed.');
    await expectAccessible(page, 'resolve dialog');
    await dialog.getByRole('button', { name: 'Resolve' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('Resolved').first()).toBeVisible();
    const closed = (await (await page.request.get(`${server.url}/api/incidents/${incident.id}`)).json()) as {
      status: string;
      classification: string;
      resolvingComment: string;
      activeAlerts: number;
    };
    expect(closed).toMatchObject({
      status: 'resolved',
      classification: 'truePositive',
      resolvingComment: 'Seen, contained and closed.',
      activeAlerts: 0,
    });
  });

  let list = '';
  await test.step('a file becomes a watchlist, and a query reads it', async () => {
    await page.goto(`${server.url}/watchlists`);
    await page.getByRole('button', { name: 'Upload a list' }).first().click();
    await page.locator('[data-testid=watchlist-file]').setInputFiles({
      name: 'Offices.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('Range,Site\n192.0.2.0/24,Oslo\n198.51.100.0/24,Bergen\n'),
    });
    await expect(page.getByRole('dialog').getByLabel('Alias')).toHaveValue('Offices');
    await expectAccessible(page, 'the upload of a watchlist');
    await page.getByRole('button', { name: 'Create the list' }).click();
    await expect(page.getByRole('row', { name: '198.51.100.0/24' })).toBeVisible();
    list = new URL(page.url()).pathname;
    await page.getByRole('link', { name: 'Open in hunting' }).click();
    await expect(page.getByText('Bergen')).toBeVisible();
  });

  await test.step('a device is walked through by keyboard: flag, tag, note', async () => {
    const devices = (await (
      await page.request.get(`${server.url}/api/devices?risk=high,medium,low&pageSize=1`)
    ).json()) as { items: { id: string; name: string }[] };
    const device = devices.items[0];
    await page.goto(`${server.url}/devices/${device?.id}?tab=timeline`);
    const timeline = page.getByRole('listbox', { name: /Timeline of/ });
    await expect(timeline.getByRole('option').nth(1)).toBeVisible();
    await timeline.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('!');
    await expect(page.getByText('Flagged', { exact: true }).first()).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Flag' })).toBeVisible();
    await expectAccessible(page, 'timeline with an event');
    await page.getByRole('button', { name: 'Add tag' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('a,b (c) 🙂 كشف <b>x</b>');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Remove tag a,b (c) 🙂 كشف <b>x</b>' })).toBeVisible();
    await page.getByRole('tab', { name: 'Notes' }).click();
    await page.getByLabel('New note').fill('<img src=x onerror=alert(1)> seen');
    await page.getByRole('button', { name: 'Add note' }).click();
    await expect(page.getByRole('article').getByText('<img src=x onerror=alert(1)> seen')).toBeVisible();
    await expectAccessible(page, 'notes');
    await page.goto(`${server.url}/devices?tag=${encodeURIComponent('a%2Cb (c) 🙂 كشف <b>x</b>')}`);
    await expect(page.getByRole('link', { name: device?.name ?? '' })).toBeVisible();
    await expect(page.getByText('1 device', { exact: true })).toBeVisible();
  });

  await test.step('Home is arranged, and stays so', async () => {
    await page.goto(server.url);
    await page.getByRole('button', { name: 'No thanks' }).click();
    await page.getByRole('button', { name: 'Arrange', exact: true }).click();
    await page.getByRole('button', { name: 'Arrange Open incidents' }).click();
    await page.getByRole('menuitem', { name: 'Take away' }).click();
    await page.getByRole('button', { name: 'Add cards' }).click();
    await page.getByRole('button', { name: 'Add Users at risk' }).click();
    await expectAccessible(page, 'cards to add');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.reload();
    await expect(page.getByRole('region', { name: 'Users at risk' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Open incidents', exact: true })).toHaveCount(0);
    await page.getByRole('button', { name: /^Notifications/ }).click();
    await expect(page.getByRole('list', { name: 'Notifications' }).getByRole('listitem').first()).toBeVisible();
    await expectAccessible(page, 'notifications');
    await page.keyboard.press('Escape');
  });

  await test.step('every other page opens and is accessible, in light and dark', async () => {
    const devices = (await (await page.request.get(`${server.url}/api/devices?pageSize=1`)).json()) as {
      items: { id: string }[];
    };
    const people = (await (await page.request.get(`${server.url}/api/identities?pageSize=1`)).json()) as {
      items: { id: string }[];
    };
    const paths = [
      '/',
      '/alerts',
      '/devices',
      `/devices/${devices.items[0]?.id}`,
      `/devices/${devices.items[0]?.id}?tab=related`,
      '/identities',
      `/entities/user/${encodeURIComponent(people.items[0]?.id ?? '')}`,
      `/entities/user/${encodeURIComponent(people.items[0]?.id ?? '')}?tab=timeline`,
      '/detections',
      '/watchlists',
      list,
      `${list}?tab=history`,
      '/ingestion',
      '/ingestion/dead-letters',
      '/settings',
      '/nowhere',
    ];
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const path of paths) {
        await page.goto(server.url + path);
        await page.waitForLoadState('networkidle');
        await expect(page.getByRole('main')).toBeVisible();
        await expectAccessible(page, `${scheme} ${path}`);
      }
    }
  });
});
