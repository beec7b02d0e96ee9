import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  Field,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  Radio,
  RadioGroup,
  Select,
  Switch,
} from '@fluentui/react-components';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { PersonAdd20Regular } from '@fluentui/react-icons/svg/person-add';
import {
  ALERT_STATUSES,
  type AlertChanges,
  type AlertStatus,
  CLASSIFICATIONS,
  type Classification,
  DETERMINATIONS,
  type Determination,
} from '@parapet/schema/wire';
import { useState } from 'react';
import { useSession } from '../../../api/session.ts';
import { useAssignees } from '../../../api/users.ts';
import { StatusBadge } from '../../../components/Badges.tsx';
import { visibleText } from '../../../lib/text.ts';
import { ALERT_STATUS_LABEL, words } from '../../../theme/meaning.ts';

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
  const [classification, setClassification] = useState<Classification | ''>(props.classification ?? '');
  const [determination, setDetermination] = useState<string>(props.determination ?? '');
  const [resolve, setResolve] = useState(true);
  const [busy, setBusy] = useState(false);
  const options = classification ? DETERMINATIONS[classification] : [];
  const save = async () => {
    if (!classification || !determination) return;
    setBusy(true);
    const done = await props.onClassify({
      classification,
      determination: determination as Determination,
      ...(resolve ? { status: 'resolved' as const } : {}),
    });
    setBusy(false);
    if (done) props.onClose();
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && props.onClose()}>
      <DialogSurface style={{ maxWidth: 480 }}>
        <DialogBody>
          <DialogTitle>Classify {props.subject}</DialogTitle>
          <DialogContent style={{ display: 'flex', flexDirection: 'column', gap: 14 }}>
            <Field label="Classification" required>
              <RadioGroup
                value={classification}
                onChange={(_, data) => {
                  setClassification(data.value as Classification);
                  setDetermination('');
                }}
              >
                {CLASSIFICATIONS.map((each) => (
                  <Radio key={each} value={each} label={words(each)} />
                ))}
              </RadioGroup>
            </Field>
            <Field label="Determination" required>
              <Select
                value={determination}
                disabled={!classification}
                onChange={(_, data) => setDetermination(data.value)}
              >
                <option value="">{classification ? 'Choose…' : 'Choose the classification first'}</option>
                {options.map((each) => (
                  <option key={each} value={each}>
                    {words(each)}
                  </option>
                ))}
              </Select>
            </Field>
            <Switch label="Resolve as well" checked={resolve} onChange={(_, data) => setResolve(data.checked)} />
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button disabled={busy}>Cancel</Button>
            </DialogTrigger>
            <Button
              appearance="primary"
              disabled={busy || !classification || !determination}
              onClick={() => void save()}
            >
              {resolve ? 'Classify and resolve' : 'Classify'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
