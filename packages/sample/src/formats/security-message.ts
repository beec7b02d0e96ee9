import type { EventData } from './winlogbeat.ts';

/**
 * Rendered text of Security events: a first line, then sections of labelled fields. The explanatory paragraphs that
 * Windows appends are left out, as many shippers are configured to do, because they are the same in every event.
 */
type Section = readonly [title: string, fields: readonly (readonly [label: string, field: string])[]];

const SUBJECT: Section = [
  'Subject',
  [
    ['Security ID', 'SubjectUserSid'],
    ['Account Name', 'SubjectUserName'],
    ['Account Domain', 'SubjectDomainName'],
    ['Logon ID', 'SubjectLogonId'],
  ],
];
const NETWORK: Section = [
  'Network Information',
  [
    ['Workstation Name', 'WorkstationName'],
    ['Source Network Address', 'IpAddress'],
    ['Source Port', 'IpPort'],
  ],
];
const CLIENT: Section = [
  'Network Information',
  [
    ['Client Address', 'IpAddress'],
    ['Client Port', 'IpPort'],
  ],
];
const TARGET: Section = [
  'Account',
  [
    ['Security ID', 'TargetSid'],
    ['Account Name', 'TargetUserName'],
    ['Account Domain', 'TargetDomainName'],
  ],
];
const AUTHENTICATION: Section = [
  'Detailed Authentication Information',
  [
    ['Logon Process', 'LogonProcessName'],
    ['Authentication Package', 'AuthenticationPackageName'],
    ['Package Name (NTLM only)', 'LmPackageName'],
    ['Key Length', 'KeyLength'],
  ],
];

const MESSAGES: Readonly<Record<number, readonly [string, ...Section[]]>> = {
  4624: [
    'An account was successfully logged on.',
    SUBJECT,
    [
      'Logon Information',
      [
        ['Logon Type', 'LogonType'],
        ['Elevated Token', 'ElevatedToken'],
      ],
    ],
    [
      'New Logon',
      [
        ['Security ID', 'TargetUserSid'],
        ['Account Name', 'TargetUserName'],
        ['Account Domain', 'TargetDomainName'],
        ['Logon ID', 'TargetLogonId'],
        ['Logon GUID', 'LogonGuid'],
      ],
    ],
    [
      'Process Information',
      [
        ['Process ID', 'ProcessId'],
        ['Process Name', 'ProcessName'],
      ],
    ],
    NETWORK,
    AUTHENTICATION,
  ],
  4625: [
    'An account failed to log on.',
    SUBJECT,
    ['Logon Information', [['Logon Type', 'LogonType']]],
    [
      'Account For Which Logon Failed',
      [
        ['Security ID', 'TargetUserSid'],
        ['Account Name', 'TargetUserName'],
        ['Account Domain', 'TargetDomainName'],
      ],
    ],
    [
      'Failure Information',
      [
        ['Failure Reason', 'FailureReason'],
        ['Status', 'Status'],
        ['Sub Status', 'SubStatus'],
      ],
    ],
    NETWORK,
    AUTHENTICATION,
  ],
  4634: [
    'An account was logged off.',
    [
      'Subject',
      [
        ['Security ID', 'TargetUserSid'],
        ['Account Name', 'TargetUserName'],
        ['Account Domain', 'TargetDomainName'],
        ['Logon ID', 'TargetLogonId'],
      ],
    ],
    ['Logon Information', [['Logon Type', 'LogonType']]],
  ],
  4648: [
    'A logon was attempted using explicit credentials.',
    SUBJECT,
    [
      'Account Whose Credentials Were Used',
      [
        ['Account Name', 'TargetUserName'],
        ['Account Domain', 'TargetDomainName'],
      ],
    ],
    [
      'Target Server',
      [
        ['Target Server Name', 'TargetServerName'],
        ['Additional Information', 'TargetInfo'],
      ],
    ],
    [
      'Process Information',
      [
        ['Process ID', 'ProcessId'],
        ['Process Name', 'ProcessName'],
      ],
    ],
    [
      'Network Information',
      [
        ['Network Address', 'IpAddress'],
        ['Port', 'IpPort'],
      ],
    ],
  ],
  4662: [
    'An operation was performed on an object.',
    SUBJECT,
    [
      'Object',
      [
        ['Object Server', 'ObjectServer'],
        ['Object Type', 'ObjectType'],
        ['Object Name', 'ObjectName'],
      ],
    ],
    [
      'Operation',
      [
        ['Operation Type', 'OperationType'],
        ['Access Mask', 'AccessMask'],
        ['Properties', 'Properties'],
      ],
    ],
  ],
  4672: ['Special privileges assigned to new logon.', SUBJECT, ['Privileges', [['Privileges', 'PrivilegeList']]]],
  4688: [
    'A new process has been created.',
    SUBJECT,
    [
      'Process Information',
      [
        ['New Process ID', 'NewProcessId'],
        ['New Process Name', 'NewProcessName'],
        ['Token Elevation Type', 'TokenElevationType'],
        ['Mandatory Label', 'MandatoryLabel'],
        ['Creator Process ID', 'ProcessId'],
        ['Creator Process Name', 'ParentProcessName'],
        ['Process Command Line', 'CommandLine'],
      ],
    ],
  ],
  4697: [
    'A service was installed in the system.',
    SUBJECT,
    [
      'Service Information',
      [
        ['Service Name', 'ServiceName'],
        ['Service File Name', 'ServiceFileName'],
        ['Service Type', 'ServiceType'],
        ['Service Start Type', 'ServiceStartType'],
        ['Service Account', 'ServiceAccount'],
      ],
    ],
  ],
  4698: [
    'A scheduled task was created.',
    SUBJECT,
    [
      'Task Information',
      [
        ['Task Name', 'TaskName'],
        ['Task Content', 'TaskContent'],
      ],
    ],
  ],
  4719: [
    'System audit policy was changed.',
    SUBJECT,
    [
      'Audit Policy Change',
      [
        ['Category', 'CategoryId'],
        ['Subcategory', 'SubcategoryId'],
        ['Subcategory GUID', 'SubcategoryGuid'],
        ['Changes', 'AuditPolicyChanges'],
      ],
    ],
  ],
  4720: [
    'A user account was created.',
    SUBJECT,
    [
      'New Account',
      [
        ['Security ID', 'TargetSid'],
        ['Account Name', 'TargetUserName'],
        ['Account Domain', 'TargetDomainName'],
      ],
    ],
    [
      'Attributes',
      [
        ['SAM Account Name', 'SamAccountName'],
        ['Display Name', 'DisplayName'],
        ['User Principal Name', 'UserPrincipalName'],
      ],
    ],
  ],
  4728: groupMessage('A member was added to a security-enabled global group.'),
  4732: groupMessage('A member was added to a security-enabled local group.'),
  4768: [
    'A Kerberos authentication ticket (TGT) was requested.',
    TARGET,
    ['Service Information', [['Service Name', 'ServiceName']]],
    CLIENT,
    [
      'Additional Information',
      [
        ['Ticket Options', 'TicketOptions'],
        ['Result Code', 'Status'],
        ['Ticket Encryption Type', 'TicketEncryptionType'],
        ['Pre-Authentication Type', 'PreAuthType'],
      ],
    ],
  ],
  4769: [
    'A Kerberos service ticket was requested.',
    [
      'Account Information',
      [
        ['Account Name', 'TargetUserName'],
        ['Account Domain', 'TargetDomainName'],
        ['Logon GUID', 'LogonGuid'],
      ],
    ],
    [
      'Service Information',
      [
        ['Service Name', 'ServiceName'],
        ['Service ID', 'ServiceSid'],
      ],
    ],
    CLIENT,
    [
      'Additional Information',
      [
        ['Ticket Options', 'TicketOptions'],
        ['Ticket Encryption Type', 'TicketEncryptionType'],
        ['Failure Code', 'Status'],
      ],
    ],
  ],
  4771: [
    'Kerberos pre-authentication failed.',
    TARGET,
    ['Service Information', [['Service Name', 'ServiceName']]],
    CLIENT,
    [
      'Additional Information',
      [
        ['Ticket Options', 'TicketOptions'],
        ['Failure Code', 'Status'],
        ['Pre-Authentication Type', 'PreAuthType'],
      ],
    ],
  ],
  4776: [
    'The computer attempted to validate the credentials for an account.',
    [
      'Validation',
      [
        ['Authentication Package', 'PackageName'],
        ['Logon Account', 'TargetUserName'],
        ['Source Workstation', 'Workstation'],
        ['Error Code', 'Status'],
      ],
    ],
  ],
  5140: [
    'A network share object was accessed.',
    SUBJECT,
    [
      'Network Information',
      [
        ['Object Type', 'ObjectType'],
        ['Source Address', 'IpAddress'],
        ['Source Port', 'IpPort'],
      ],
    ],
    [
      'Share Information',
      [
        ['Share Name', 'ShareName'],
        ['Share Path', 'ShareLocalPath'],
      ],
    ],
    ['Access Request Information', [['Access Mask', 'AccessMask']]],
  ],
  1102: ['The audit log was cleared.', SUBJECT],
};

function groupMessage(first: string): readonly [string, ...Section[]] {
  return [
    first,
    SUBJECT,
    [
      'Member',
      [
        ['Security ID', 'MemberSid'],
        ['Account Name', 'MemberName'],
      ],
    ],
    [
      'Group',
      [
        ['Security ID', 'TargetSid'],
        ['Group Name', 'TargetUserName'],
        ['Group Domain', 'TargetDomainName'],
      ],
    ],
  ];
}

/** The codes (`%%1843`) that a message shows in words. */
const WORDS: Readonly<Record<string, string>> = {
  '%%1842': 'Yes',
  '%%1843': 'No',
  '%%2313': 'Unknown user name or bad password.',
  '%%8448': 'Success removed',
  '%%8449': 'Success Added',
  '%%1936': 'TokenElevationTypeDefault (1)',
  '%%1937': 'TokenElevationTypeFull (2)',
  '%%1938': 'TokenElevationTypeLimited (3)',
};

export function renderSecurityMessage(id: number, data: EventData): string {
  const message = MESSAGES[id];
  if (message === undefined) throw new RangeError(`no message for Security event ${id}`);
  let text = message[0];
  for (let i = 1; i < message.length; i++) {
    const [title, fields] = message[i] as Section;
    text += `\n\n${title}:`;
    for (const [label, field] of fields) {
      const value = data[field] ?? '-';
      text += `\n\t${label}:\t\t${WORDS[value] ?? value}`;
    }
  }
  return text;
}
