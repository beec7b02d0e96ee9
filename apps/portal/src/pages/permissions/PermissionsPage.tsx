import { makeStyles, Tab, TabList } from '@fluentui/react-components';
import * as v from 'valibot';
import { url, useUrlState } from '../../lib/urlState.ts';
import { PageShell } from '../../shell/PageShell.tsx';
import { ActivationTab } from './ActivationTab.tsx';
import { AssignmentsTab } from './AssignmentsTab.tsx';
import { EffectiveTab } from './EffectiveTab.tsx';
import { RolesTab } from './RolesTab.tsx';
import { ScopesTab } from './ScopesTab.tsx';
import { TransferTab } from './TransferTab.tsx';

const TABS = [
  'roles',
  'assignments',
  'deviceGroups',
  'cloudScopes',
  'rowTags',
  'effective',
  'activation',
  'transfer',
] as const;
const schema = v.object({ tab: url.choice(TABS, 'roles'), subject: url.text() });

const useStyles = makeStyles({ tabs: { margin: '0 0 12px -10px', flexWrap: 'wrap' } });

/** Who may do what, for which data. */
export function PermissionsPage() {
  const styles = useStyles();
  const [{ tab, subject }, setState] = useUrlState(schema);
  return (
    <PageShell title="Permissions" purpose="Who may see and do what, for which data sources and in which scopes.">
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="roles">Roles</Tab>
        <Tab value="assignments">Assignments</Tab>
        <Tab value="deviceGroups">Device groups</Tab>
        <Tab value="cloudScopes">Cloud scopes</Tab>
        <Tab value="rowTags">Row tags</Tab>
        <Tab value="effective">Effective rights</Tab>
        <Tab value="activation">Activation</Tab>
        <Tab value="transfer">Import and export</Tab>
      </TabList>
      {tab === 'roles' ? <RolesTab /> : null}
      {tab === 'assignments' ? <AssignmentsTab /> : null}
      {tab === 'deviceGroups' ? <ScopesTab kind="deviceGroup" /> : null}
      {tab === 'cloudScopes' ? <ScopesTab kind="cloudScope" /> : null}
      {tab === 'rowTags' ? <ScopesTab kind="rowTag" /> : null}
      {tab === 'effective' ? (
        <EffectiveTab subject={subject} onSubject={(next) => setState({ subject: next })} />
      ) : null}
      {tab === 'activation' ? <ActivationTab /> : null}
      {tab === 'transfer' ? <TransferTab /> : null}
    </PageShell>
  );
}
