import { Button, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { PersonAdd20Regular } from '@fluentui/react-icons/svg/person-add';
import type { IncidentChanges, Severity } from '@parapet/schema/wire';
import { useSession } from '../../../api/session.ts';
import { useAssignees } from '../../../api/users.ts';
import { SeverityBadge, StatusBadge } from '../../../components/Badges.tsx';
import { visibleText } from '../../../lib/text.ts';
import { INCIDENT_STATUS_LABEL, SEVERITIES_DOWN, SEVERITY_LABEL } from '../../../theme/meaning.ts';

type Change = (changes: IncidentChanges, what: string) => void;

/** Assign to me, to someone, to nobody. */
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

/** Status; "Resolved" asks for the verdict first. */
export function StatusMenu({
  current,
  onChange,
  onResolve,
}: {
  readonly current?: string;
  readonly onChange: Change;
  readonly onResolve: () => void;
}) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<ChevronDown16Regular />} iconPosition="after">
          Change status
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {(['active', 'inProgress'] as const).map((status) => (
            <MenuItem
              key={status}
              disabled={current === status}
              onClick={() => onChange({ status }, `Status ${INCIDENT_STATUS_LABEL[status].toLowerCase()}`)}
            >
              <StatusBadge status={status} />
            </MenuItem>
          ))}
          {current === 'active' ? (
            <MenuItem
              onClick={() => onChange({ status: 'inProgress', withAlerts: true }, 'In progress, with its new alerts')}
            >
              In progress, with its new alerts
            </MenuItem>
          ) : null}
          {current === 'resolved' ? (
            <MenuItem onClick={() => onChange({ status: 'active', withAlerts: true }, 'Reopened with its alerts')}>
              Reopen with the alerts resolved along
            </MenuItem>
          ) : null}
          <MenuItem disabled={current === 'resolved'} onClick={onResolve}>
            <StatusBadge status="resolved" />
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

export function SeverityMenu({
  current,
  automatic,
  onChange,
}: {
  readonly current: Severity;
  /** It is the highest of the alerts. */
  readonly automatic: boolean;
  readonly onChange: Change;
}) {
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button
          size="small"
          appearance="subtle"
          icon={<ChevronDown16Regular />}
          iconPosition="after"
          aria-label={`Severity ${SEVERITY_LABEL[current]}: change`}
        >
          <SeverityBadge severity={current} />
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {SEVERITIES_DOWN.map((severity) => (
            <MenuItem
              key={severity}
              disabled={severity === current}
              onClick={() => onChange({ severity }, `Severity ${SEVERITY_LABEL[severity].toLowerCase()}`)}
            >
              <SeverityBadge severity={severity} />
            </MenuItem>
          ))}
          <MenuDivider />
          <MenuItem
            disabled={automatic}
            onClick={() => onChange({ severity: null }, 'Severity follows the alerts again')}
          >
            {automatic ? 'Follows the alerts' : 'Follow the alerts again'}
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
