/** Rules of our own with the rows they must and must not find. Rows of DeviceProcessEvents unless a case names another table. */

export interface SigmaCase {
  readonly name: string;
  readonly logsource: string;
  /** YAML below `detection:`. */
  readonly detection: string;
  readonly table: string;
  readonly hits: readonly Readonly<Record<string, unknown>>[];
  readonly misses: readonly Readonly<Record<string, unknown>>[];
}

type Row = Readonly<Record<string, unknown>>;
const PROCESS = '{ product: windows, category: process_creation }';
const b64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** A process with this command line. */
const cmd = (ProcessCommandLine: string): Row => ({ ProcessCommandLine });
/** A process of this image. */
const image = (FolderPath: string, more: Row = {}): Row => ({
  FolderPath,
  FileName: FolderPath.split(/[\\/]/).at(-1),
  ...more,
});
const parent = (path: string): Row => ({
  InitiatingProcessFolderPath: path,
  InitiatingProcessFileName: path.split('\\').at(-1),
});

const cases: SigmaCase[] = [];
function add(
  name: string,
  detection: string,
  hits: readonly (Row | string)[],
  misses: readonly (Row | string)[],
  logsource = PROCESS,
  table = 'DeviceProcessEvents',
): void {
  const rows = (list: readonly (Row | string)[]): Row[] =>
    list.map((item) => (typeof item === 'string' ? cmd(item) : item));
  const text = /condition:/.test(detection)
    ? detection
    : `sel:\n  ${detection.replaceAll('\n', '\n  ')}\ncondition: sel`;
  cases.push({ name, logsource, detection: text, table, hits: rows(hits), misses: rows(misses) });
}

// ---- texts, wildcards, escapes ---------------------------------------------------------------------------------------
add(
  'equality ignores case',
  'CommandLine: whoami /ALL',
  ['whoami /all', 'WHOAMI /all'],
  ['whoami /all ', 'xwhoami /all'],
);
add('a list is "or"', 'CommandLine: [one, two]', ['one', 'TWO'], ['three', 'one two']);
add('contains', 'CommandLine|contains: secret', ['a Secret b', 'secret'], ['secre', '']);
add('contains a list', 'CommandLine|contains: [alpha, beta]', ['xalphax', 'xBETAx'], ['gamma']);
add('contains all', 'CommandLine|contains|all: [alpha, beta]', ['beta alpha'], ['alpha', 'beta']);
add('starts with', 'CommandLine|startswith: net user', ['net user x', 'NET USER'], [' net user']);
add('ends with', "CommandLine|endswith: ['.exe', ' -x']", ['a.EXE', 'b -x'], ['a.exe ', '']);
add(
  'a star inside',
  "CommandLine: 'copy *\\secret.txt'",
  ['copy a\\secret.txt', 'copy \\secret.txt'],
  ['copy a\\secret.txt.bak', 'xcopy a\\secret.txt'],
);
add('a star at both ends', "CommandLine: '*mid*'", ['a mid b', 'MID'], ['mi d']);
add('a star spans lines', "CommandLine: 'a*z'", ['a\nb\nz'], ['a\nb']);
add(
  'a question mark is one character',
  "CommandLine: 'run ?.cmd'",
  ['run a.cmd', 'run *.cmd'],
  ['run ab.cmd', 'run .cmd'],
);
add('an escaped star is a star', "CommandLine|contains: 'del \\*.log'", ['del *.log'], ['del a.log', 'del \\*.log']);
add('an escaped question mark is one', "CommandLine|contains: 'what\\?'", ['what?'], ['whatx']);
add('backslash before a wildcard', "CommandLine: 'C:\\\\*'", ['C:\\', 'c:\\temp'], ['C:*', 'd:\\temp']);
add(
  'two backslashes are one',
  "CommandLine|contains: 'C:\\\\temp'",
  ['dir C:\\temp'],
  ['dir C:\\\\temp', 'dir C:/temp'],
);
add('a single backslash is itself', "CommandLine|contains: '\\temp\\x'", ['C:\\temp\\x.exe'], ['C:\\tempx']);
add('four backslashes are two', "CommandLine|contains: '\\\\\\\\host\\share'", ['\\\\host\\share'], ['\\host\\share']);
add('quotes', `CommandLine|contains: 'say "hi"'`, ['x say "hi" y'], ['say hi']);
add('an apostrophe', `CommandLine|contains: "it's"`, ["it's"], ['its']);
add('letters beyond ASCII', 'CommandLine|contains: größe', ['die größe'], ['die grosse']);
add('regex characters are plain', "CommandLine|contains: 'a+(b)[c]'", ['xa+(b)[c]'], ['aab c']);
add('regex characters with a wildcard', "CommandLine: 'a.b*(c)'", ['a.bXX(c)', 'A.B(C)'], ['axbXX(c)']);
add('only a star means any value', "CommandLine: '*'", ['x'], ['']);
add('a number as text', 'CommandLine: 42', ['42'], ['420', '']);
add('a number inside', 'CommandLine|contains: 1337', ['port 1337 open'], ['port 133 7']);
add('cased', "CommandLine|contains|cased: 'SeCret'", ['x SeCret'], ['x secret', 'x SECRET']);
add('cased equality', 'CommandLine|cased: Exact', ['Exact'], ['exact']);
add('cased start', 'CommandLine|startswith|cased: Ab', ['Abc'], ['abc']);
add('cased end', 'CommandLine|endswith|cased: Yz', ['xYz'], ['xyz']);
add('neq', 'CommandLine|neq: idle', ['busy', ''], ['idle', 'IDLE']);
// ---- nothing there ---------------------------------------------------------------------------------------------------
add('null', 'CommandLine: null\nFileName|exists: true'.replace('\nFileName|exists: true', ''), [''], ['x']);
add('empty text', "CommandLine: ''", [''], ['x']);
add('null beside others', '- CommandLine: null\n- CommandLine|contains: abc', ['', 'xabcx'], ['other']);
add(
  'not null',
  'sel:\n  CommandLine|contains: abc\nempty:\n  ParentCommandLine: null\ncondition: sel and not empty',
  [{ ProcessCommandLine: 'abc', InitiatingProcessCommandLine: 'p' }],
  ['abc'],
);
add('exists', 'ParentCommandLine|exists: true', [{ InitiatingProcessCommandLine: 'p' }], ['x']);
add('exists not', 'ParentCommandLine|exists: false', ['x'], [{ InitiatingProcessCommandLine: 'p' }]);
// ---- regular expressions ---------------------------------------------------------------------------------------------
add('regex minds case', "CommandLine|re: 'AB+C'", ['xABBCx'], ['xabbcx', 'AC']);
add('regex without case', "CommandLine|re|i: 'ab+c'", ['xABBCx', 'abc'], ['ac']);
add('regex anchors', "CommandLine|re: '^run\\d{2}$'", ['run42'], ['run421', ' run42']);
add('regex with a dot over lines', "CommandLine|re|s: 'a.c'", ['a\nc', 'abc'], ['ac']);
add('a dot stops at a line end', "CommandLine|re: 'a.c'", ['abc'], ['a\nc']);
add('regex by line', "CommandLine|re|m: '^two$'", ['one\ntwo\nthree'], ['one two three']);
add('regex or', "CommandLine|re: ['^one', 'two$']", ['one x', 'x two'], ['x one', 'two x']);
add('flag inside the pattern', "CommandLine|re: '(?i)secret'", ['SECRET'], ['public']);
add('regex at the start', "CommandLine|re|startswith: 'ab|cd'", ['abx', 'cdx'], ['xab', 'xcd']);
// ---- encodings ---------------------------------------------------------------------------------------------------------
add(
  'base64',
  "CommandLine|base64|contains: 'hello world!'",
  [`x ${b64('hello world!')} y`],
  [`x ${b64('xhello world!')} y`, 'hello world!'],
);
add(
  'base64 at any offset',
  'CommandLine|base64offset|contains: /bin/bash',
  [b64('/bin/bash'), b64('x/bin/bash y'), b64('xx/bin/bash yy'), `e ${b64('abc/bin/bash')}`],
  [b64('/bin/dash'), '/bin/bash'],
);
add(
  'wide base64 at any offset',
  'CommandLine|wide|base64offset|contains: Net.WebClient',
  [b64(wide('Net.WebClient')), b64(wide('xNet.WebClient')), b64(wide('xxNet.WebClient'))],
  [b64('Net.WebClient'), 'Net.WebClient'],
);
add('utf16le base64', 'CommandLine|utf16le|base64offset|contains: IEX', [b64(wide('aIEXb'))], [b64('aIEXb')]);
add('utf16be base64', 'CommandLine|utf16be|base64|contains: ping', [b64(wide('ping').swap16())], [b64(wide('ping'))]);
add('utf16 has a mark', 'CommandLine|utf16|base64|contains: ping', [b64(wide('\ufeffping'))], [b64(wide('ping'))]);
add(
  'windash',
  "CommandLine|contains|windash: ' -enc '",
  ['p -enc x', 'p /enc x', 'p –enc x', 'p —ENC x', 'p ―enc x'],
  ['p enc x', 'p +enc x'],
);
add(
  'windash in several places',
  "CommandLine|contains|windash: ' -a -b'",
  ['p -a /b', 'p /a -b', 'p –a –b'],
  ['p a b'],
);
add('windash leaves a dash in a word', "CommandLine|contains|windash: 'pre-fix -x'", ['pre-fix /x'], ['pre/fix -x']);
add('windash at the end', "CommandLine|endswith|windash: ' -q'", ['p /q', 'p -Q'], ['p /q ']);
add('windash of a list and all', "CommandLine|contains|windash|all: [' -a', ' -b']", ['x /a /b', 'x -b -a'], ['x /a']);
// ---- conditions --------------------------------------------------------------------------------------------------------
const three =
  'sel_a:\n  CommandLine|contains: aaa\nsel_b:\n  CommandLine|contains: bbb\nother:\n  CommandLine|contains: ccc\ncondition: ';
add('1 of a pattern', `${three}1 of sel_*`, ['aaa', 'bbb'], ['ccc', '']);
add('all of a pattern', `${three}all of sel_*`, ['aaabbb'], ['aaa', 'bbb', 'ccc']);
add('all of them', `${three}all of them`, ['aaabbbccc'], ['aaabbb', 'ccc']);
add('1 of them', `${three}1 of them`, ['aaa', 'ccc'], ['ddd']);
add('any of them', `${three}any of them`, ['bbb'], ['ddd']);
add('2 of them', `${three}2 of them`, ['aaaccc', 'aaabbbccc'], ['aaa', 'ddd']);
add(
  'them leaves out names with an underscore first',
  '_off:\n  CommandLine|contains: aaa\non:\n  CommandLine|contains: bbb\ncondition: 1 of them',
  ['bbb'],
  ['aaa'],
);
add('not binds before and', `${three}sel_a and not sel_b`, ['aaa'], ['aaabbb', 'bbb']);
add('and binds before or', `${three}other or sel_a and sel_b`, ['ccc', 'aaabbb'], ['aaa', 'bbb']);
add('parentheses', `${three}(other or sel_a) and sel_b`, ['cccbbb', 'aaabbb'], ['ccc', 'aaa']);
add('nested not', `${three}sel_a and not (sel_b and not other)`, ['aaa', 'aaabbbccc', 'aaaccc'], ['aaabbb']);
add('double not', `${three}not not sel_a`, ['aaa'], ['bbb']);
add('not 1 of', `${three}other and not 1 of sel_*`, ['ccc'], ['cccaaa', 'cccbbb']);
add('not all of', `${three}other and not all of sel_*`, ['ccc', 'cccaaa'], ['cccaaabbb']);
add('words in capitals', `${three}sel_a AND NOT sel_b`, ['aaa'], ['aaabbb']);
add(
  'a list of conditions is "or"',
  'sel_a:\n  CommandLine: aaa\nsel_b:\n  CommandLine: bbb\ncondition: [sel_a, sel_b]',
  ['aaa', 'bbb'],
  ['aaabbb'],
);
add(
  'a map is "and"',
  'CommandLine|contains: aaa\nOriginalFileName: Tool.exe',
  [{ ProcessCommandLine: 'aaa', ProcessVersionInfoOriginalFileName: 'TOOL.EXE' }],
  ['aaa', { ProcessVersionInfoOriginalFileName: 'Tool.exe' }],
);
add(
  'a list of maps is "or"',
  '- CommandLine|contains: aaa\n- OriginalFileName: Tool.exe',
  ['aaa', { ProcessVersionInfoOriginalFileName: 'tool.exe' }],
  ['bbb'],
);
add(
  'a long list',
  `CommandLine|contains:\n${Array.from({ length: 700 }, (_, i) => `  - 'n${i}n'`).join('\n')}`,
  ['xn0nx', 'n699n'],
  ['n700n'],
);
// ---- process fields ----------------------------------------------------------------------------------------------------
add(
  'image by its end',
  "Image|endswith: '\\tool.exe'",
  [image('C:\\x\\tool.exe'), image('D:\\Tool.EXE')],
  [image('C:\\x\\atool.exe'), image('C:\\tool.exe.bak')],
);
add(
  'image by folder and name',
  "Image|endswith: '\\bin\\tool.exe'",
  [image('C:\\bin\\tool.exe')],
  [image('C:\\x\\tool.exe')],
);
add('image by folder', "Image|contains: '\\Temp\\'", [image('C:\\Temp\\a.exe')], [image('C:\\Tempo\\a.exe')]);
add('image as a bare name', 'Image: tool.exe', [image('C:\\x\\tool.exe')], [image('C:\\x\\tool2.exe')]);
add(
  'images in a list',
  "Image|endswith: ['\\a.exe', '\\sub\\b.exe', 'cc.exe']",
  [image('C:\\a.exe'), image('C:\\sub\\b.exe'), image('C:\\xcc.exe')],
  [image('C:\\b.exe')],
);
add(
  'parent',
  "ParentImage|endswith: '\\winword.exe'",
  [parent('C:\\Office\\WINWORD.EXE')],
  [parent('C:\\Office\\excel.exe')],
);
add(
  'parent null',
  'sel:\n  CommandLine: x\nnone:\n  ParentImage: null\ncondition: sel and none',
  [{ ProcessCommandLine: 'x', InitiatingProcessFolderPath: '' }],
  [{ ProcessCommandLine: 'x', ...parent('C:\\a.exe') }],
);
add(
  'user',
  "User|contains: ['AUTHORI', 'AUTORI']",
  [{ AccountDomain: 'nt authority', AccountName: 'system' }],
  [{ AccountDomain: 'contoso', AccountName: 'ada' }],
);
add(
  'hashes by algorithm',
  "Hashes|contains: ['MD5=00112233445566778899AABBCCDDEEFF', 'SHA1=00112233445566778899AABBCCDDEEFF00112233', 'IMPHASH=ffeeddccbbaa99887766554433221100']",
  [
    { MD5: '00112233445566778899aabbccddeeff' },
    { SHA1: '00112233445566778899aabbccddeeff00112233' },
    { AdditionalFields: { ImpHash: 'ffeeddccbbaa99887766554433221100' } },
  ],
  [{ MD5: 'ffeeddccbbaa99887766554433221100' }, {}],
);
add(
  'integrity level',
  'IntegrityLevel: [System, S-1-16-12288]',
  [{ ProcessIntegrityLevel: 'High' }, { ProcessIntegrityLevel: 'System' }],
  [{ ProcessIntegrityLevel: 'Medium' }],
);
add(
  'current directory',
  "CurrentDirectory|contains: '\\Temp\\'",
  [{ AdditionalFields: { CurrentDirectory: 'C:\\Temp\\' } }],
  [{ AdditionalFields: { CurrentDirectory: 'C:\\' } }],
);
add(
  'field against field',
  'ParentCommandLine|fieldref: CommandLine',
  [{ ProcessCommandLine: 'Same', InitiatingProcessCommandLine: 'same' }],
  [{ ProcessCommandLine: 'a', InitiatingProcessCommandLine: 'b' }],
);
add(
  'field starts with field',
  'CommandLine|fieldref|startswith: OriginalFileName',
  [{ ProcessCommandLine: 'tool.exe -x', ProcessVersionInfoOriginalFileName: 'Tool.exe' }],
  [{ ProcessCommandLine: 'a tool.exe', ProcessVersionInfoOriginalFileName: 'Tool.exe' }],
);
add(
  'number compared',
  'ProcessId|gte: 4000\nParentProcessId|lt: 10',
  [{ ProcessId: 4000, InitiatingProcessId: 9 }],
  [
    { ProcessId: 3999, InitiatingProcessId: 9 },
    { ProcessId: 4000, InitiatingProcessId: 10 },
  ],
);
add('numbers in a list', 'ProcessId: [4, 8]', [{ ProcessId: 8 }], [{ ProcessId: 48 }]);
add(
  'a rule of Windows leaves Linux alone',
  'CommandLine|contains: id',
  [image('C:\\a.exe', cmd('id'))],
  [image('/bin/a', cmd('id'))],
);
add(
  'a rule of Linux leaves Windows alone',
  "Image|endswith: '/bash'",
  [image('/usr/bin/bash')],
  [image('C:/bash'), image('/usr/bin/rbash')],
  '{ product: linux, category: process_creation }',
);
// ---- other tables ------------------------------------------------------------------------------------------------------
const NET = '{ product: windows, category: network_connection }';
const net = (ActionType: string, RemoteIP: string, LocalIP: string, more: Row = {}): Row => ({
  ActionType,
  RemoteIP,
  LocalIP,
  ...more,
});
add(
  'a network',
  "DestinationIp|cidr: ['10.0.0.0/8', '192.168.4.0/22', 'fd00::/8']",
  [
    net('ConnectionSuccess', '10.9.8.7', '192.0.2.1'),
    net('ConnectionSuccess', '192.168.7.255', ''),
    net('ConnectionSuccess', 'fd12::1', ''),
  ],
  [
    net('ConnectionSuccess', '192.168.8.0', ''),
    net('ConnectionSuccess', '110.0.0.1', '10.0.0.1'),
    net('ConnectionSuccess', 'fe80::1', ''),
  ],
  NET,
  'DeviceNetworkEvents',
);
add(
  'initiated and ports',
  "Initiated: 'true'\nDestinationPort: [4444, 8080]",
  [net('ConnectionSuccess', '192.0.2.5', '10.0.0.1', { RemotePort: 4444 })],
  [
    net('InboundConnectionAccepted', '192.0.2.5', '10.0.0.1', { RemotePort: 4444 }),
    net('ConnectionSuccess', '192.0.2.5', '10.0.0.1', { RemotePort: 80 }),
  ],
  NET,
  'DeviceNetworkEvents',
);
add(
  'the ends of an accepted connection',
  "Initiated: 'false'\nDestinationPort: 3389",
  [net('InboundConnectionAccepted', '192.0.2.5', '10.0.0.1', { LocalPort: 3389, RemotePort: 50000 })],
  [net('InboundConnectionAccepted', '192.0.2.5', '10.0.0.1', { LocalPort: 50000, RemotePort: 3389 })],
  NET,
  'DeviceNetworkEvents',
);
const REG = '{ product: windows, category: registry_set }';
const reg = (
  RegistryKey: string,
  RegistryValueName: string,
  RegistryValueData = '',
  RegistryValueType = 'String',
): Row => ({ ActionType: 'RegistryValueSet', RegistryKey, RegistryValueName, RegistryValueData, RegistryValueType });
const RUN = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run';
add(
  'a registry value',
  "TargetObject|endswith: '\\CurrentVersion\\Run\\Evil'",
  [reg(RUN, 'Evil')],
  [reg(RUN, 'Evil2'), reg(`${RUN}\\Evil`, 'x')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'a registry key that ends inside',
  "TargetObject|contains: '\\CurrentVersion\\Run\\'",
  [reg(RUN, 'x'), reg(`${RUN}\\Sub`, 'x')],
  [reg(`${RUN}Once`, 'x')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'a registry text over key and name',
  "TargetObject|contains: '\\Run\\Ev'",
  [reg(RUN, 'Evil'), reg(`${RUN}\\Event`, 'x')],
  [reg(RUN, 'xEvil')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'a registry root',
  "TargetObject|startswith: 'HKLM\\SOFTWARE\\Contoso'",
  [reg('HKEY_LOCAL_MACHINE\\Software\\Contoso\\A', 'x'), reg('HKEY_LOCAL_MACHINE\\Software', 'ContosoName')],
  [reg('HKEY_USERS\\SOFTWARE\\Contoso', 'x')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'a registry path with a star',
  "TargetObject: 'HKU\\\\*\\Environment\\UserInitMprLogonScript'",
  [reg('HKEY_USERS\\S-1-5-21-1\\Environment', 'UserInitMprLogonScript')],
  [reg('HKEY_USERS\\S-1-5-21-1\\Environment', 'Path')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'the default value',
  "TargetObject|endswith: '\\shell\\open\\command\\(Default)'",
  [reg('HKEY_USERS\\S\\x\\shell\\open\\command', '')],
  [reg('HKEY_USERS\\S\\x\\shell\\open\\command', 'DelegateExecute')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'a DWORD',
  "TargetObject|contains: '\\Policies\\'\nDetails: 'DWORD (0x0000000a)'",
  [reg('HKEY_LOCAL_MACHINE\\A\\Policies', 'x', '10', 'Dword')],
  [reg('HKEY_LOCAL_MACHINE\\A\\Policies', 'x', '0', 'Dword')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'registry data',
  "Details|contains: '\\AppData\\'",
  [reg('K', 'x', 'C:\\Users\\a\\AppData\\x.exe')],
  [reg('K', 'x', 'C:\\x.exe')],
  REG,
  'DeviceRegistryEvents',
);
add(
  'a file',
  "TargetFilename|startswith: 'C:\\Users\\'\nTargetFilename|endswith: '.hta'".replace('\nT', '\nT'),
  [image('C:\\Users\\a\\x.hta', { ActionType: 'FileCreated' })],
  [
    image('C:\\Users\\a\\x.txt', { ActionType: 'FileCreated' }),
    image('C:\\Users\\a\\x.hta', { ActionType: 'FileDeleted' }),
  ],
  '{ product: windows, category: file_event }',
  'DeviceFileEvents',
);
add(
  'an image load',
  "ImageLoaded|endswith: '\\amsi.dll'\nImage|endswith: '\\tool.exe'",
  [
    image('C:\\W\\amsi.dll', {
      ActionType: 'ImageLoaded',
      InitiatingProcessFileName: 'tool.exe',
      InitiatingProcessFolderPath: 'C:\\tool.exe',
    }),
  ],
  [image('C:\\W\\amsi.dll', { ActionType: 'ImageLoaded', InitiatingProcessFileName: 'b.exe' })],
  '{ product: windows, category: image_load }',
  'DeviceImageLoadEvents',
);
const event = (AdditionalFields: Row, ActionType: string, more: Row = {}): Row => ({
  ActionType,
  AdditionalFields,
  ...more,
});
add(
  'access to a process',
  "TargetImage|endswith: '\\lsass.exe'\nGrantedAccess|endswith: ['10', '1fffff']",
  [image('C:\\W\\lsass.exe', event({ GrantedAccess: '0x1010' }, 'OpenProcessApiCall'))],
  [image('C:\\W\\lsass.exe', event({ GrantedAccess: '0x1000' }, 'OpenProcessApiCall'))],
  '{ product: windows, category: process_access }',
  'DeviceEvents',
);
add(
  'a script block',
  "ScriptBlockText|contains|all: ['Get-Item', 'evil']",
  [event({ Command: 'get-item "evil"', EventId: '4104' }, 'PowerShellCommand')],
  [
    event({ Command: 'get-item evil', EventId: '4103' }, 'PowerShellCommand'),
    event({ Command: 'get-item', EventId: '4104' }, 'PowerShellCommand'),
  ],
  '{ product: windows, category: ps_script }',
  'DeviceEvents',
);
add(
  'a pipe',
  "PipeName|startswith: '\\evil-'",
  [event({ PipeName: '\\evil-1' }, 'NamedPipeEvent')],
  [event({ PipeName: '\\good' }, 'NamedPipeEvent')],
  '{ product: windows, category: pipe_created }',
  'DeviceEvents',
);
add(
  'a name asked for',
  'QueryName|endswith: .bad.example',
  [event({ DnsQueryString: 'x.bad.example' }, 'DnsQueryResponse')],
  [event({ DnsQueryString: 'bad.example.org' }, 'DnsQueryResponse')],
  '{ product: windows, category: dns_query }',
  'DeviceEvents',
);
add(
  'a Security event',
  'EventID: 4625\nSubStatus: ["0xC0000064"]\nSubjectUserName|endswith: $',
  [{ EventID: 4625, SubStatus: '0xc0000064', SubjectUserName: 'PC$' }],
  [
    { EventID: 4624, SubStatus: '0xc0000064', SubjectUserName: 'PC$' },
    { EventID: 4625, SubStatus: '0x0', SubjectUserName: 'PC$' },
  ].map((row) => row),
  '{ product: windows, service: security }',
  'SecurityEvent',
);
add(
  'a field of the Security event without a column',
  "EventID: 5145\nUnlistedField|contains: 'a\\b'",
  [{ EventID: 5145, EventData: JSON.stringify({ UnlistedField: 'xa\\bx' }) }],
  [{ EventID: 5145, EventData: '{}' }],
  '{ product: windows, service: security }',
  'SecurityEvent',
);
add(
  'a channel and keywords',
  "sel:\n  EventID: 7045\nword:\n  - 'C:\\evil'\ncondition: sel and word",
  [{ Channel: 'System', EventID: 7045, EventData: { ImagePath: 'C:\\evil\\a.exe' } }],
  [
    { Channel: 'Application', EventID: 7045, EventData: { ImagePath: 'C:\\evil' } },
    { Channel: 'System', EventID: 7045, EventData: { ImagePath: 'C:\\good' } },
  ],
  '{ product: windows, service: system }',
  'WindowsEvent',
);
add(
  'keywords that must all stand there',
  "'|all': [alpha, beta]",
  [{ SyslogMessage: 'beta and ALPHA' }],
  [{ SyslogMessage: 'alpha' }],
  '{ product: linux }',
  'Syslog',
);
add(
  'a program of the system log',
  '- authentication failure',
  [{ ProcessName: 'sshd', SyslogMessage: 'pam: authentication failure' }],
  [{ ProcessName: 'su', SyslogMessage: 'authentication failure' }],
  '{ product: linux, service: sshd }',
  'Syslog',
);
add(
  'CloudTrail',
  'eventSource: iam.amazonaws.com\neventName: [CreateUser, CreateAccessKey]\nrequestParameters.userName|startswith: adm',
  [{ EventSource: 'iam.amazonaws.com', EventName: 'CreateUser', RequestParameters: '{"userName":"admin2"}' }],
  [
    { EventSource: 'iam.amazonaws.com', EventName: 'CreateUser', RequestParameters: '{"userName":"bob"}' },
    { EventSource: 'iam.amazonaws.com', EventName: 'ListUsers' },
  ],
  '{ product: aws, service: cloudtrail }',
  'AWSCloudTrail',
);
add(
  'a web server',
  "cs-method: GET\ncs-uri-query|contains: '../..'\nsc-status: 200",
  [
    {
      EventType: 'WebServerSession',
      HttpRequestMethod: 'GET',
      Url: 'http://web.example/a?f=../../x',
      EventResultDetails: '200',
    },
  ],
  [
    {
      EventType: 'WebServerSession',
      HttpRequestMethod: 'GET',
      Url: 'http://web.example/a?f=../../x',
      EventResultDetails: '404',
    },
  ],
  '{ category: webserver }',
  'ASimWebSessionLogs',
);
add(
  'a list of Entra operations',
  'properties.message: Add service principal',
  [{ OperationName: 'Add service principal' }],
  [{ OperationName: 'Add user' }],
  '{ product: azure, service: auditlogs }',
  'AuditLogs',
);

export const SIGMA_CASES: readonly SigmaCase[] = cases;
