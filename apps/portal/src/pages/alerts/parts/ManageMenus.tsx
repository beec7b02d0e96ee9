import {
  Button,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Switch,
} from '@fluentui/react-components';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { PersonAdd20Regular } from '@fluentui/react-icons/svg/person-add';
import {
  ALERT_STATUSES,
  type AlertChanges,
  type AlertStatus,
  type Classification,
  type Determination,
} from '@parapet/schema/wire';
import { useState } from 'react';
import { useSession } from '../../../api/session.ts';
import { useAssignees } from '../../../api/users.ts';
import { StatusBadge } from '../../../components/Badges.tsx';
import { FormDialog } from '../../../components/FormDialog.tsx';
import { type Verdict, VerdictFields } from '../../../components/VerdictFields.tsx';
import { visibleText } from '../../../lib/text.ts';
import { ALERT_STATUS_LABEL } from '../../../theme/meaning.ts';

type Change = (changes: AlertChanges, what: string) => void;

export function AssignMenu({ onChange, label = 'Assign' }: { readonly onChange: Change; readonly label?: string }) {
  const me = useSession()?.user;
  const others = useAssignees().filter((user) => user.username !== me?.username);
  if (!me) return null;
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<PersonAdd20Regular />}>
          {label}
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem secondaryContent="e" onClick={() => onChange({ assignedTo: me.username }, 'Assigned to you')}>
            Assign to me
          </MenuItem>
          {others.map((user) => (
            <MenuItem
              key={user.username}
              onClick={() => onChange({ assignedTo: user.username }, `Assigned to ${user.displayName}`)}
            >
              {visibleText(user.displayName)}
            </MenuItem>
          ))}
          <MenuDivider />
          <MenuItem onClick={() => onChange({ assignedTo: null }, 'Unassigned')}>Unassign</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

export function StatusMenu({ current, onChange }: { readonly current?: AlertStatus; readonly onChange: Change }) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<ChevronDown16Regular />} iconPosition="after">
          Change status
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {ALERT_STATUSES.map((status) => (
            <MenuItem
              key={status}
              disabled={current === status}
              onClick={() => onChange({ status }, `Status ${ALERT_STATUS_LABEL[status].toLowerCase()}`)}
            >
              <StatusBadge status={status} />
            </MenuItem>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

export interface ClassifyDialogProps {
  /** "this alert" or "3 alerts". */
  readonly subject: string;
  readonly classification: Classification | null;
  readonly determination: Determination | null;
  readonly onClose: () => void;
  /** @returns true when it was done */
  readonly onClassify: (changes: AlertChanges) => Promise<boolean>;
}

/** What it was: classification and one of its determinations; resolving in the same step is the usual end. */
export function ClassifyDialog(props: ClassifyDialogProps) {
  const [verdict, setVerdict] = useState<Verdict>({
    classification: props.classification ?? '',
    determination: props.determination ?? '',
  });
  const [resolve, setResolve] = useState(true);
  const { classification, determination } = verdict;
  return (
    <FormDialog
      title={`Classify ${props.subject}`}
      action={resolve ? 'Classify and resolve' : 'Classify'}
      width={480}
      disabled={!classification || !determination}
      onClose={props.onClose}
      onSubmit={async () =>
        classification !== '' &&
        determination !== '' &&
        props.onClassify({ classification, determination, ...(resolve ? { status: 'resolved' as const } : {}) })
      }
    >
      <VerdictFields value={verdict} onChange={setVerdict} />
      <Switch label="Resolve as well" checked={resolve} onChange={(_, data) => setResolve(data.checked)} />
    </FormDialog>
  );
}
