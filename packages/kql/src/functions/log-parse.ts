import type { FunctionDecl, SqlArg, SqlContext } from './declare.ts';

/**
 * Functions of ours that take the text of a log record apart in the engine itself, for connectors: a record costs a few
 * pattern searches and no call of another process.
 */

/** Members of one object, from SQL expressions of their JSON. */
function object(members: readonly (readonly [string, string])[]): string {
  const parts = members.map(([name, sql], i) => `'${i === 0 ? '' : ','}"${name}":', ${sql}`);
  return `concat('{', ${parts.join(', ')}, '}')`;
}

const text = (sql: string): string => `toJSONString(decodeXMLComponent(${sql}))`;

/**
 * XML of a Windows event as text, in the shape in which event log files are converted to JSON: `System` with its
 * attributes, `EventData` by name (unnamed values as a list under `Data`), `UserData` by the names of its innermost
 * elements, and the rendered `Message` where the sender added it. What is no such XML gives null.
 */
function windowsEvent(args: readonly SqlArg[], c: SqlContext): string {
  const xml = c.once(args[0]!.sql);
  const find = (from: string, pattern: string): string => `extract(${from}, ${c.param(pattern)})`;
  const system = c.once(find(xml, '(?s)<System>(.*?)</System>'));
  const attribute = (element: string, name: string): string =>
    text(find(system, `<${element}\\b[^<>]*?\\b${name}\\s*=\\s*["']([^"'<>]*)`));
  const value = (element: string): string => text(find(system, `<${element}(?:\\s[^<>]*)?>([^<]*)<`));
  const named = c.once(
    `extractAllGroupsVertical(${xml}, ${c.param(`<(?:Data|ComplexData)\\s+Name\\s*=\\s*["']([^"'<>]+)["']\\s*(?:/>|>([^<]*)<)`)})`,
  );
  const unnamed = c.once(`extractAllGroupsVertical(${xml}, ${c.param('<Data\\s*(?:/>|>([^<]*)<)')})`);
  const user = c.once(
    `extractAllGroupsVertical(${find(xml, '(?s)<UserData>(.*)</UserData>')}, ${c.param('<([A-Za-z_][\\w.-]*)(?:\\s[^<>]*)?>([^<]*)</')})`,
  );
  const pairs = (groups: string): string =>
    `arrayMap(g -> concat(toJSONString(g[1]), ':', toJSONString(decodeXMLComponent(g[2]))), ${groups})`;
  const list = `concat('"Data":{"#text":[', arrayStringConcat(arrayMap(g -> toJSONString(decodeXMLComponent(g[1])), ${unnamed}), ','), ']}')`;
  const data = `concat('{', arrayStringConcat(arrayConcat(${pairs(named)}, if(empty(${unnamed}), [], [${list}])), ','), '}')`;
  const userData = `concat('{', arrayStringConcat(${pairs(user)}, ','), '}')`;
  const attributes = (members: readonly (readonly [string, string])[]): string =>
    object([['#attributes', object(members)]]);
  const event = object([
    [
      'System',
      object([
        [
          'Provider',
          attributes([
            ['Name', attribute('Provider', 'Name')],
            ['Guid', attribute('Provider', 'Guid')],
          ]),
        ],
        ['EventID', value('EventID')],
        ['Version', value('Version')],
        ['Level', value('Level')],
        ['Task', value('Task')],
        ['Opcode', value('Opcode')],
        ['Keywords', value('Keywords')],
        ['TimeCreated', attributes([['SystemTime', attribute('TimeCreated', 'SystemTime')]])],
        ['EventRecordID', value('EventRecordID')],
        ['Correlation', attributes([['ActivityID', attribute('Correlation', 'ActivityID')]])],
        [
          'Execution',
          attributes([
            ['ProcessID', attribute('Execution', 'ProcessID')],
            ['ThreadID', attribute('Execution', 'ThreadID')],
          ]),
        ],
        ['Channel', value('Channel')],
        ['Computer', value('Computer')],
        ['Security', attributes([['UserID', attribute('Security', '(?i:UserID)')]])],
      ]),
    ],
    ['EventData', data],
    ['UserData', userData],
    ['RenderingInfo', object([['Message', text(find(xml, '(?s)<RenderingInfo[^<>]*>.*?<Message>([^<]*)</Message>'))]])],
  ]);
  return `if(${system} = '' AND empty(${named}) AND empty(${unnamed}), '', ${event})`;
}

/**
 * Fields that the kernel's audit writes in hexadecimal when they hold a blank, a quote or a control character; plain
 * ones stand in quotes. Documented with the audit user space tools (field dictionary, "encoded string").
 */
const ENCODED =
  'a[0-9]+(?:\\[[0-9]+\\])?|acct|cmd|comm|cwd|data|dir|exe|file|grp|key|name|new-chardev|new-disk|new-fs|new-rng|ocomm|old-chardev|old-disk|old-fs|old-rng|path|proctitle|sw|vm|watch|saddr_path';

/**
 * Fields of one line of the Linux audit log as a bag. Quotes are taken away, encoded values decoded (blanks stand for
 * the zeros between arguments), and the fields inside `msg='…'` stand beside the others. `key` and the `a0…` of a
 * SYSCALL stay as they are written.
 */
function auditRecord(args: readonly SqlArg[], c: SqlContext): string {
  const line = c.once(args[0]!.sql);
  const call = `match(${line}, ${c.param('^(?:node=\\S+ )?type=(?:SYSCALL|1300)\\b')})`;
  // The inner quotes of msg='…' go first, so that its fields are found like the others.
  const flat = `replaceRegexpAll(${line}, ${c.param("\\bmsg='(.*?)'(\\s|$|\\x1d)")}, ${c.param(' \\1\\2')})`;
  const groups = `extractAllGroupsVertical(${flat}, ${c.param(`(?:^|[\\s\\x1d,])([A-Za-z_][\\w-]*(?:\\[[0-9]+\\])?)=(?:"([^"]*)"|'([^']*)'|([^\\s\\x1d]*))`)})`;
  const isHex = `match(g[4], '^(?:[0-9A-F][0-9A-F])+$')`;
  const encoded = `match(g[1], ${c.param(`^(?:${ENCODED})$`)})`;
  const value = `multiIf(g[2] != '', g[2], g[3] != '', g[3], ${encoded} AND ${isHex} AND NOT (${call} AND match(g[1], '^a[0-9]$')), replaceAll(unhex(g[4]), char(0), ' '), g[4] IN ('(null)', '(none)', '?'), '', g[4])`;
  return `if(${line} = '', '', concat('{', arrayStringConcat(arrayMap(g -> concat(toJSONString(g[1]), ':', toJSONString(${value})), ${groups}), ','), '}'))`;
}

/**
 * The arguments of a started program, from the EXECVE lines of an audit event: decoded, pieces of one long argument put
 * together again, joined by blanks.
 */
function auditCommand(args: readonly SqlArg[], c: SqlContext): string {
  const lines = `extractAll(${args[0]!.sql}, ${c.param('(?m)type=(?:EXECVE|1309)\\b.*$')})`;
  const groups = c.once(
    `extractAllGroupsVertical(arrayStringConcat(${lines}, ' '), ${c.param('\\ba([0-9]+)(?:\\[[0-9]+\\])?=(?:"([^"]*)"|([^\\s\\x1d]*))')})`,
  );
  const value = `if(g[3] = '', g[2], if(match(g[3], '^(?:[0-9A-F][0-9A-F])+$'), unhex(g[3]), g[3]))`;
  const lead = `if(i = 1 OR g[1] = ${groups}[i - 1][1], '', ' ')`;
  return `arrayStringConcat(arrayMap((g, i) -> concat(${lead}, ${value}), ${groups}, arrayEnumerate(${groups})))`;
}

/**
 * `[{"name":"a","value":1},{"Key":"b","ValueString":"x"}]` as `{"a":1,"b":"x"}`: services list their parameters like
 * this, with names of their own for both halves. The half called name or key (in any case) names the member, the first
 * other one is its value. An object is left as it is; anything else gives null.
 */
function nameValues(args: readonly SqlArg[], c: SqlContext): string {
  const list = c.once(args[0]!.sql);
  const isName = (pair: string): string => `lower(${pair}.1) IN ('name', 'key')`;
  const member = `arrayMap(e -> (JSONExtractString(arrayFirst(p -> ${isName('p')}, e).2), arrayFirst(p -> NOT (${isName('p')}), e).2), arrayMap(e -> JSONExtractKeysAndValuesRaw(e), JSONExtractArrayRaw(${list})))`;
  const members = `arrayMap(m -> concat(toJSONString(m.1), ':', if(m.2 = '', 'null', m.2)), arrayFilter(m -> m.1 != '', ${member}))`;
  return `multiIf(startsWith(${list}, '{'), ${list}, startsWith(${list}, '['), concat('{', arrayStringConcat(${members}, ','), '}'), '')`;
}

export const LOG_PARSE_FUNCTIONS: readonly FunctionDecl[] = [
  {
    name: 'parse_windows_event',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: windowsEvent,
    doc: 'XML of a Windows event as a bag: `System`, `EventData` by name, `UserData`, `RenderingInfo.Message`.',
  },
  {
    name: 'parse_audit_record',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: auditRecord,
    doc: 'Fields of a line of the Linux audit log as a bag, without quotes and with encoded values decoded.',
  },
  {
    name: 'parse_audit_command',
    args: 'string',
    returns: 'string',
    total: true,
    sql: auditCommand,
    doc: 'Command line from the EXECVE lines of a Linux audit event.',
  },
  {
    name: 'bag_from_name_values',
    args: 'string',
    returns: 'dynamic',
    total: true,
    sql: nameValues,
    doc: 'JSON text of a list of named values (`[{"name":"a","value":1}]`, `[{"Key":"a","Value":1}]`) as a bag.',
  },
];

/** Names the language's own library does not know, with the number of their text arguments. */
export const OWN_FUNCTIONS: readonly { readonly name: string; readonly arguments: number; readonly returns: string }[] =
  LOG_PARSE_FUNCTIONS.map((f) => ({ name: f.name, arguments: f.args.split(' ').length, returns: String(f.returns) }));
