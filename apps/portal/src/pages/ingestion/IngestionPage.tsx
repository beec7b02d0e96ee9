import { Button, makeStyles, Tab, TabList } from '@fluentui/react-components';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import * as v from 'valibot';
import { useCan } from '../../api/session.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { PageShell } from '../../shell/PageShell.tsx';
import { ConnectorsTab } from './ConnectorsTab.tsx';
import { useKinds } from './data.ts';
import { AddSourceDialog } from './parts/AddSourceDialog.tsx';
import { UploadDialog } from './parts/UploadDialog.tsx';
import { SourcesTab } from './SourcesTab.tsx';

const TABS = ['sources', 'connectors'] as const;
const schema = v.object({ tab: url.choice(TABS, 'sources'), add: url.flag() });

const useStyles = makeStyles({ tabs: { marginLeft: '-10px', marginBottom: '12px' } });

/** Who sends events, and what turns them into hunting rows. */
export function IngestionPage() {
  const styles = useStyles();
  const [state, setState] = useUrlState(schema);
  const navigate = useNavigate();
  const canManage = useCan('Data.Manage');
  const kinds = useKinds();
  const [adding, setAdding] = useState(state.add === true);
  const [uploading, setUploading] = useState(false);
  return (
    <PageShell
      title="Sources & connectors"
      purpose="Who sends events, how many, and which connector turns them into hunting rows."
      commands={
        <>
          <Button size="small" onClick={() => void navigate({ to: '/ingestion/dead-letters' })}>
            Dead letters
          </Button>
          {canManage && state.tab === 'connectors' ? (
            <Button size="small" onClick={() => void navigate({ to: '/ingestion/connectors/new' })}>
              New connector
            </Button>
          ) : null}
          {canManage ? (
            <Button size="small" onClick={() => setUploading(true)}>
              Upload files
            </Button>
          ) : null}
          {canManage ? (
            <Button size="small" appearance="primary" disabled={!kinds.data} onClick={() => setAdding(true)}>
              Add a source
            </Button>
          ) : null}
        </>
      }
    >
      <TabList
        size="small"
        className={styles.tabs}
        selectedValue={state.tab}
        onTabSelect={(_, data) => setState({ tab: data.value as (typeof TABS)[number] }, { push: true })}
      >
        <Tab value="sources">Sources</Tab>
        <Tab value="connectors">Connectors</Tab>
      </TabList>
      {state.tab === 'sources' ? <SourcesTab canManage={canManage} onAdd={() => setAdding(true)} /> : <ConnectorsTab />}
      {uploading && canManage ? <UploadDialog onClose={() => setUploading(false)} /> : null}
      {adding && canManage && kinds.data ? (
        <AddSourceDialog
          kinds={kinds.data}
          onClose={() => {
            setAdding(false);
            setState({ add: false });
          }}
        />
      ) : null}
    </PageShell>
  );
}
