import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { ChevronDown12Regular } from '@fluentui/react-icons/svg/chevron-down';
import { CRITICALITIES, type Criticality, type EntityRisk } from '@parapet/schema/wire';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useCan } from '../../api/session.ts';
import { notify } from '../../components/Notifier.tsx';
import { visibleText } from '../../lib/text.ts';
import { CRITICALITY_LABEL } from './useMarks.ts';

const useStyles = makeStyles({
  pill: { fontWeight: tokens.fontWeightRegular, borderRadius: tokens.borderRadiusCircular },
});

/** How much depends on an entity, and who says so; set with a reason by those who may. */
export function CriticalityMenu({ risk }: { readonly risk: EntityRisk }) {
  const styles = useStyles();
  const client = useQueryClient();
  const allowed = useCan('Exposure.Manage');
  const [level, setLevel] = useState<Criticality>();
  const [reason, setReason] = useState('');
  const { criticality } = risk;
  const text = `Criticality: ${CRITICALITY_LABEL[criticality.level].toLowerCase()}`;
  const send = async (next: Criticality | null, why: string) => {
    try {
      await api.put(`/api/criticality/${risk.type}/${encodeURIComponent(risk.key)}`, { level: next, reason: why });
      await client.invalidateQueries({ queryKey: ['/api/risk', risk.type, risk.key] });
      notify.success(next === null ? 'Set back to what telemetry says' : 'Criticality set');
      setLevel(undefined);
      setReason('');
    } catch (error) {
      notify.failure('The criticality was not changed', error);
    }
  };
  if (!allowed) return criticality.level === 'none' ? null : <Text size={200}>{text}</Text>;
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            className={styles.pill}
            icon={<ChevronDown12Regular />}
            iconPosition="after"
            title={visibleText(criticality.reason)}
          >
            {text}
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {[...CRITICALITIES].reverse().map((value) => (
              <MenuItem key={value} onClick={() => setLevel(value)}>
                {CRITICALITY_LABEL[value]}
              </MenuItem>
            ))}
            {criticality.source === 'manual' ? (
              <MenuItem onClick={() => void send(null, 'Taken back')}>Back to what telemetry says</MenuItem>
            ) : null}
          </MenuList>
        </MenuPopover>
      </Menu>
      {level ? (
        <Dialog open onOpenChange={(_, data) => data.open || setLevel(undefined)}>
          <DialogSurface>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (reason.trim()) void send(level, reason.trim());
              }}
            >
              <DialogBody>
                <DialogTitle>Criticality: {CRITICALITY_LABEL[level].toLowerCase()}</DialogTitle>
                <DialogContent>
                  <Field label="Why, in one sentence" required>
                    <Input autoFocus value={reason} maxLength={2000} onChange={(_, data) => setReason(data.value)} />
                  </Field>
                </DialogContent>
                <DialogActions>
                  <Button type="submit" appearance="primary" disabled={!reason.trim()}>
                    Set criticality
                  </Button>
                  <Button onClick={() => setLevel(undefined)}>Cancel</Button>
                </DialogActions>
              </DialogBody>
            </form>
          </DialogSurface>
        </Dialog>
      ) : null}
    </>
  );
}
