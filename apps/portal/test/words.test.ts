import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { entityQuery, kqlString, shortLabel } from '../src/lib/entity.ts';
import { keyName } from '../src/lib/hotkeys.ts';
import { defang, middle, visibleText } from '../src/lib/text.ts';
import { absoluteTime, duration, plural, rangeStart, relativeTime } from '../src/lib/time.ts';
import { passwordRules } from '../src/pages/access/password.ts';
import { auditQuery, auditSchema, changeText } from '../src/pages/audit/search.ts';
import { explainPriority } from '../src/pages/incidents/priority.ts';
import { senders, withPort } from '../src/pages/welcome/senders.ts';
import { priorityBand, words } from '../src/theme/meaning.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('times', () => {
  it.each([
    ['2026-11-21T11:59:40Z', 'just now'],
    ['2026-11-21T11:56:00Z', '4 min ago'],
    ['2026-11-21T09:10:00Z', '3 h ago'],
    ['2026-11-19T12:00:00Z', '2 days ago'],
    ['2026-11-21T12:05:00Z', 'in 5 min'],
    ['2020-10-01T12:00:00Z', '1 Oct 2020'],
    ['not a time', 'not a time'],
  ])('%s reads %s', (iso, text) => {
    expect(relativeTime(iso, now)).toBe(text);
  });

  it('says its zone', () => {
    expect(absoluteTime('2026-11-21T09:05:07.123Z', 'utc')).toBe('21 Nov 2026, 09:05:07 UTC');
    expect(absoluteTime('2026-11-21T09:05:07.123Z', 'utc', 'milli')).toBe('21 Nov 2026, 09:05:07.123 UTC');
    expect(absoluteTime('2026-11-21T09:05:07Z', 'utc', 'minute')).toBe('21 Nov 2026, 09:05 UTC');
  });

  it('measures spans', () => {
    expect([12, 3_400, 65_000, 8_040_000, 273_600_000].map(duration)).toEqual([
      '12 ms',
      '3.4 s',
      '1 min 5 s',
      '2 h 14 min',
      '3 days 4 h',
    ]);
  });

  it('counts', () => {
    expect(plural(1, 'alert')).toBe('1 alert');
    expect(plural(1204, 'alert')).toBe('1,204 alerts');
  });

  it('starts ranges on the minute, and "any time" nowhere', () => {
    expect(rangeStart('7d', now + 31_000)).toBe('2026-11-14T12:00:00.000Z');
    expect(rangeStart('all', now)).toBeUndefined();
  });
});

describe('text from telemetry', () => {
  it('shows what would hide', () => {
    expect(visibleText('\u202egnp.exe\u200b')).toBe('⟨U+202E⟩gnp.exe⟨U+200B⟩');
    expect(visibleText('حادث\nline')).toBe('حادث\nline');
  });

  it('shortens in the middle and never beyond the limit', () => {
    const path = 'C:\\Users\\someone\\AppData\\Local\\Temp\\payload.exe';
    expect(middle(path, 20)).toHaveLength(20);
    expect(middle(path, 20).endsWith('payload.exe')).toBe(true);
    expect(middle('short', 20)).toBe('short');
  });

  it('defangs addresses', () => {
    expect(defang('https://evil.example/a')).toBe('hxxps[:]//evil[.]example/a');
  });
});

describe('priority', () => {
  it('lists every term, largest first, and says when the limits changed the sum', () => {
    const terms = [
      { label: 'Noisy detector', points: -15 },
      { label: 'Severity high', points: 40 },
      { label: 'Nothing', points: 0 },
      { label: 'Rare', points: 8 },
    ];
    expect(explainPriority(terms, 33)).toEqual({
      rows: [
        { label: 'Severity high', text: '+40' },
        { label: 'Rare', text: '+8' },
        { label: 'Noisy detector', text: '−15' },
      ],
      sum: 33,
      clamped: false,
    });
    expect(explainPriority([{ label: 'Many', points: 130 }], 100).clamped).toBe(true);
  });

  it('changes band at 15 and above 85', () => {
    expect([14, 15, 85, 86].map(priorityBand)).toEqual(['low', 'medium', 'medium', 'high']);
  });
});

describe('hunting for an entity', () => {
  it('writes a literal that cannot end early', () => {
    expect(kqlString('a"b\\c')).toBe('"a\\"b\\\\c"');
  });

  it('keeps to the time of the incident', () => {
    const query = entityQuery(
      { type: 'ip', key: '203.0.113.7', label: '203.0.113.7', fields: { ip: '203.0.113.7' } },
      { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' },
    );
    expect(query).toContain('between (datetime(2026-01-01T00:00:00.000Z) .. datetime(2026-01-02T00:00:00.000Z))');
    expect(query).toContain('RemoteIP == "203.0.113.7"');
  });

  it('has nothing to ask about an entity without fields', () => {
    expect(entityQuery({ type: 'file', key: 'x', label: 'x', fields: {} })).toBeUndefined();
  });

  it('shortens names to what tells them apart', () => {
    expect(shortLabel({ type: 'device', label: 'wks-1.corp.example' })).toBe('wks-1');
    expect(shortLabel({ type: 'device', label: '10.0.0.5' })).toBe('10.0.0.5');
    expect(shortLabel({ type: 'user', label: 'CORP\\ada' })).toBe('ada');
  });
});

describe('words', () => {
  it('turns codes into words', () => {
    expect(['inProgress', 'CommandAndControl', 'lineOfBusinessApplication', 'eventSequence'].map(words)).toEqual([
      'In progress',
      'Command and control',
      'Line-of-business application',
      'Event sequence',
    ]);
  });

  it('names keys as the keyboard map writes them', () => {
    const key = (k: string, more = {}) => keyName({ key: k, ctrlKey: false, metaKey: false, altKey: false, ...more });
    expect([key('j'), key('?'), key('Escape'), key('k', { ctrlKey: true }), key('k', { metaKey: true })]).toEqual([
      'j',
      '?',
      'Esc',
      'Ctrl+K',
      'Ctrl+K',
    ]);
  });

  it('shows only what an audited change changed', () => {
    expect(changeText({ role: 'reader', a: 1 }, { role: 'operator', a: 1 })).toBe('role: reader → operator');
    expect(changeText(null, { name: 'Key' })).toBe('name: Key');
    expect(changeText(null, null)).toBe('');
    expect(changeText('a', 'b')).toBe('a → b');
  });
});

describe('the audit page', () => {
  it('turns its address into the question for the API', () => {
    const state = v.parse(auditSchema, { outcome: 'denied,nonsense', range: 'day', search: ' eve ', row: '7' });
    expect(auditQuery(state, new Date('2026-11-21T12:00:00Z'))).toMatchObject({
      outcome: ['denied'],
      from: '2026-11-20T12:00:00.000Z',
      search: 'eve',
      page: 1,
    });
    expect(auditQuery(v.parse(auditSchema, { range: 'all' }), new Date()).from).toBe('');
    expect(auditQuery(state, new Date())).not.toHaveProperty('row');
  });
});

describe('passwords', () => {
  const met = (password: string, username = 'ada') => passwordRules(password, username).map((rule) => rule.met);
  it('follows the rules of the server', () => {
    expect(met('correct horse battery')).toEqual([true, true, true]);
    expect(met('noon')).toEqual([false, false, true]);
    expect(met('aaaaaaaaaaaa')).toEqual([true, false, true]);
    expect(met('my name is Ada!!')).toEqual([true, true, false]);
  });
});

describe('sender configuration', () => {
  const list = senders({ url: 'https://soc.example', keyId: 'k1', keySecret: 's', encoded: 'azE6cw==' });

  it('spells the port out, which Beats would otherwise guess', () => {
    expect(withPort('https://soc.example')).toBe('https://soc.example:443');
    expect(withPort('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
  });

  it('carries the address and the key in the form each sender wants', () => {
    const text = (id: string) => list.find((each) => each.id === id)?.text ?? '';
    expect(text('winlogbeat')).toContain('hosts: ["https://soc.example:443"]');
    expect(text('winlogbeat')).toContain('api_key: "k1:s"');
    expect(text('curl')).toContain('Authorization: ApiKey azE6cw==');
    expect(text('curl')).toContain('https://soc.example/_bulk');
    expect(text('files')).toContain('--key "azE6cw=="');
  });

  it('sends valid lines with curl', () => {
    const curl = list.find((each) => each.id === 'curl')?.text ?? '';
    const lines = curl.split("<<'EOF'\n")[1]!.split('\nEOF')[0]!.split('\n');
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(['object', 'object']);
  });
});
