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
import { History16Regular } from '@fluentui/react-icons/svg/history';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import type { DetectionInfo } from '@parapet/schema/wire';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmDialog } from '../../../components/ConfirmDialog.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { rulePath, useRuleChanges } from '../data.ts';
import { useSetEnabled } from '../useDetections.ts';

/** What can be done with a rule. */
export function RuleCommands({
  rule,
  running,
  spans,
  onHistory,
}: {
  readonly rule: DetectionInfo;
  readonly running: boolean;
  readonly spans: readonly (readonly [string, number | undefined])[];
  readonly onHistory: (days: number | undefined) => void;
}) {
  const navigate = useNavigate();
  const setEnabled = useSetEnabled();
  const { duplicate, remove, runNow, shadow } = useRuleChanges();
  const [deleting, setDeleting] = useState(false);
  const [busy, setBusy] = useState(false);
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      notify.failure(what, error);
    } finally {
      setBusy(false);
    }
  };
  const edit = () => void navigate({ to: '/detections/$id/edit', params: { id: rule.id } });
  const copy = () =>
    void attempt('The rule was not copied', async () => {
      const made = await duplicate(rule.id);
      notify.success(`${visibleText(made.name)} was made`, 'It is off until you switch it on.');
      await navigate({ to: '/detections/$id/edit', params: { id: made.id } });
    });
  const once = () =>
    void attempt('The rule was not run', async () => {
      const { rows, alerts } = await runNow(rule.id);
      notify.success(`${plural(rows, 'result')}, ${plural(alerts, 'new alert')}`);
    });
  const toggleShadow = () =>
    void attempt('The rule was not changed', async () => {
      await shadow(rule.id, !rule.shadow);
      notify.success(rule.shadow ? 'It alerts again' : 'It runs and counts, and alerts nobody');
    });
  return (
    <>
      <Switch
        label={rule.enabled ? 'On' : 'Off'}
        checked={rule.enabled}
        disabled={rule.status === 'broken'}
        onChange={(_, data) => void setEnabled(rule, data.checked)}
      />
      {rule.origin === 'own' ? (
        <Button size="small" onClick={edit}>
          Edit
        </Button>
      ) : (
        <Button size="small" disabled={busy} onClick={copy}>
          Customise a copy
        </Button>
      )}
      {rule.trigger === 'clock' && rule.status !== 'broken' ? (
        <Button size="small" disabled={busy} onClick={once}>
          Run now
        </Button>
      ) : null}
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button size="small" icon={<History16Regular />} disabled={running || rule.status === 'broken'}>
            Run over history
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {spans.map(([label, days]) => (
              <MenuItem key={label} onClick={() => onHistory(days)}>
                {label}
              </MenuItem>
            ))}
          </MenuList>
        </MenuPopover>
      </Menu>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            appearance="subtle"
            icon={<MoreHorizontal16Regular />}
            aria-label="More actions"
            disabled={busy}
          />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {rule.origin === 'own' ? <MenuItem onClick={copy}>Duplicate</MenuItem> : null}
            <MenuItem onClick={toggleShadow} disabled={rule.status === 'broken'}>
              {rule.shadow ? 'Take out of shadow' : 'Put into shadow'}
            </MenuItem>
            <MenuItem onClick={() => window.location.assign(rulePath(rule.id, '/export'))}>Export as YAML</MenuItem>
            {rule.origin === 'own' ? (
              <>
                <MenuDivider />
                <MenuItem onClick={() => setDeleting(true)}>Delete</MenuItem>
              </>
            ) : null}
          </MenuList>
        </MenuPopover>
      </Menu>
      {deleting ? (
        <ConfirmDialog
          open
          onClose={() => setDeleting(false)}
          title={`Delete “${visibleText(rule.name)}”?`}
          action="Delete rule"
          failure="The rule was not deleted"
          onConfirm={async () => {
            await remove(rule.id);
            notify.success('The rule was deleted');
            await navigate({ to: '/detections' });
          }}
        >
          It runs no more, and its exclusions go with it. Alerts that it raised stay. Export it first if you may want it
          back.
        </ConfirmDialog>
      ) : null}
    </>
  );
}
