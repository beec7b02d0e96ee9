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
  makeStyles,
  Select,
  Switch,
  tokens,
} from '@fluentui/react-components';
import { PERMISSION_CATALOG, PERMISSION_GROUPS, type Permission, type RoleDetails } from '@parapet/schema/wire';
import { Fragment, useState } from 'react';
import { visibleText } from '../../lib/text.ts';
import { GROUP_LABEL, sourcesText } from './data.ts';

const useStyles = makeStyles({
  bar: { display: 'flex', gap: '12px', flexWrap: 'wrap', alignItems: 'end', marginBottom: '12px' },
  scroll: { maxHeight: '60vh', overflow: 'auto' },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    '& th, & td': {
      textAlign: 'left',
      padding: '5px 8px',
      borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
      fontSize: tokens.fontSizeBase200,
      verticalAlign: 'top',
    },
    '& thead th': { position: 'sticky', top: 0, backgroundColor: tokens.colorNeutralBackground1 },
  },
  group: { color: tokens.colorNeutralForeground3 },
  differs: { backgroundColor: tokens.colorNeutralBackground3 },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** What a role holds of a permission: the data sources in words; empty when nothing. */
export function heldText(role: RoleDetails, permission: Permission): string {
  const held = role.permissions.find(({ name }) => name === permission);
  return held ? sourcesText(held.sources) : '';
}

/** Two roles side by side, permission by permission. */
export function CompareRoles({
  roles,
  onClose,
}: {
  readonly roles: readonly RoleDetails[];
  readonly onClose: () => void;
}) {
  const styles = useStyles();
  const [left, setLeft] = useState(roles[0]?.id ?? '');
  const [right, setRight] = useState(roles[1]?.id ?? '');
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const [a, b] = [left, right].map((id) => roles.find((role) => role.id === id));
  const rowsOf = (group: (typeof PERMISSION_GROUPS)[number]) =>
    PERMISSION_CATALOG.filter((each) => each.group === group)
      .map((info) => ({ info, a: a ? heldText(a, info.name) : '', b: b ? heldText(b, info.name) : '' }))
      .filter((row) => !onlyDifferent || row.a !== row.b);
  const groups = PERMISSION_GROUPS.map((group) => ({ group, rows: rowsOf(group) })).filter(
    ({ rows }) => rows.length > 0,
  );
  const choice = (label: string, value: string, change: (id: string) => void) => (
    <Field label={label}>
      <Select value={value} onChange={(_, data) => change(data.value)}>
        {roles.map((role) => (
          <option key={role.id} value={role.id}>
            {visibleText(role.name)}
          </option>
        ))}
      </Select>
    </Field>
  );
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface style={{ maxWidth: 860 }}>
        <DialogBody>
          <DialogTitle>Compare roles</DialogTitle>
          <DialogContent>
            <div className={styles.bar}>
              {choice('One role', left, setLeft)}
              {choice('Another role', right, setRight)}
              <Switch
                label="Only what differs"
                checked={onlyDifferent}
                onChange={(_, { checked }) => setOnlyDifferent(checked)}
              />
            </div>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached with the keyboard */}
            <section className={styles.scroll} tabIndex={0} aria-label="Permissions of both roles">
              <table className={styles.table}>
                <thead>
                  <tr>
                    <th scope="col">Permission</th>
                    <th scope="col">{visibleText(a?.name ?? '')}</th>
                    <th scope="col">{visibleText(b?.name ?? '')}</th>
                  </tr>
                </thead>
                <tbody>
                  {groups.map(({ group, rows }) => (
                    <Fragment key={group}>
                      <tr>
                        <th scope="colgroup" colSpan={3} className={styles.group}>
                          {GROUP_LABEL[group]}
                        </th>
                      </tr>
                      {rows.map(({ info, a: one, b: other }) => (
                        <tr key={info.name} className={one === other ? undefined : styles.differs}>
                          <th scope="row">
                            {info.label} ({info.level}){'sensitive' in info ? ', sensitive' : ''}
                          </th>
                          <td>{one || <span className={styles.soft}>Not held</span>}</td>
                          <td>{other || <span className={styles.soft}>Not held</span>}</td>
                        </tr>
                      ))}
                    </Fragment>
                  ))}
                  {groups.length === 0 ? (
                    <tr>
                      <td colSpan={3}>Both roles hold the same.</td>
                    </tr>
                  ) : null}
                </tbody>
              </table>
            </section>
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Close</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
