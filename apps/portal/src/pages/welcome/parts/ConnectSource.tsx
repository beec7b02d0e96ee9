import {
  Button,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  makeStyles,
  Spinner,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import { CheckmarkCircle20Filled } from '@fluentui/react-icons/svg/checkmark-circle';
import type { CreatedIngestKey } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { type ApiError, api } from '../../../api/client.ts';
import { asItems } from '../../../api/users.ts';
import { CodeBlock } from '../../../components/CodeBlock.tsx';
import { plural } from '../../../lib/time.ts';
import { KeyOnce } from '../../ingestion/parts/SetupSteps.tsx';
import { senders } from '../senders.ts';

const useStyles = makeStyles({
  form: { display: 'flex', gap: '8px', alignItems: 'flex-end', flexWrap: 'wrap' },
  name: { flexGrow: 1, maxWidth: '320px' },
  soft: { color: tokens.colorNeutralForeground2 },
  waiting: { display: 'flex', alignItems: 'center', gap: '8px', minHeight: '32px' },
  green: { color: tokens.colorPaletteGreenForeground1, display: 'flex' },
});

/** Makes a key, shows ready configuration with it, and waits for the first event. */
export function ConnectSource() {
  const styles = useStyles();
  const client = useQueryClient();
  const [name, setName] = useState('First source');
  const [key, setKey] = useState<CreatedIngestKey>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiError>();

  const create = async (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim() || busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      const made = await api.post('/api/ingest/sources', {
        name: name.trim(),
        kind: 'elastic',
      });
      setKey(made.key ?? undefined);
      void client.invalidateQueries({ queryKey: ['/api/ingest/sources'] });
    } catch (error) {
      setFailure(error as ApiError);
    } finally {
      setBusy(false);
    }
  };

  if (!key)
    return (
      <>
        <Text className={styles.soft}>
          Senders sign in with a key. Make one, and the configuration for common senders appears here, ready to paste.
        </Text>
        {failure ? (
          <MessageBar intent="error" role="alert" layout="multiline">
            <MessageBarBody>
              {failure.message} {failure.hint}
            </MessageBarBody>
          </MessageBar>
        ) : null}
        <form className={styles.form} onSubmit={(event) => void create(event)}>
          <Field label="Name of the source" className={styles.name}>
            <Input value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
          </Field>
          <Button type="submit" disabled={!name.trim() || busy}>
            Create key
          </Button>
        </form>
      </>
    );
  return <SenderSetup created={key} />;
}

/** The key, once, and what to do with it. Also used by the settings. */
export function SenderSetup({ created }: { readonly created: CreatedIngestKey }) {
  const styles = useStyles();
  const list = senders({
    url: window.location.origin,
    keyId: created.id,
    keySecret: created.secret,
    encoded: created.encoded,
  });
  const [chosen, setChosen] = useState(list[0]!.id);
  const sender = list.find((each) => each.id === chosen) ?? list[0]!;
  return (
    <>
      <KeyOnce created={created} />
      <TabList size="small" selectedValue={sender.id} onTabSelect={(_, data) => setChosen(String(data.value))}>
        {list.map((each) => (
          <Tab key={each.id} value={each.id}>
            {each.title}
          </Tab>
        ))}
      </TabList>
      <Text size={200} className={styles.soft}>
        {sender.where}
      </Text>
      <CodeBlock text={sender.text} what={`${sender.title} configuration`} />
      <FirstEvent created={created} />
    </>
  );
}

/** Turns green with the first event that arrives after the key was made. */
function FirstEvent({ created }: { readonly created: CreatedIngestKey }) {
  const styles = useStyles();
  const since = useRef(Date.parse(created.createdAt));
  const sources = useQuery({
    queryKey: ['/api/ingest/sources'],
    queryFn: async ({ signal }) => asItems(await api.get('/api/ingest/sources', undefined, signal)),
    refetchInterval: 2_000,
    staleTime: 0,
  });
  const arrived = sources.data?.find(
    (source) =>
      source.id === created.sourceId &&
      source.lastEventAt !== null &&
      source.accepted + source.rejected > 0 &&
      Date.parse(source.lastEventAt) >= since.current - 1000,
  );
  return (
    <div className={styles.waiting} role="status">
      {arrived ? (
        <>
          <span className={styles.green}>
            <CheckmarkCircle20Filled />
          </span>
          <Text>
            Receiving: {plural(arrived.accepted, 'event')} accepted
            {arrived.rejected ? `, ${plural(arrived.rejected, 'event')} rejected` : ''}.{' '}
            <Link to="/ingestion/sources/$id" params={{ id: created.sourceId }}>
              See the source
            </Link>
            {arrived.rejected ? (
              <>
                {' '}
                or <Link to="/ingestion/dead-letters">why some were rejected</Link>
              </>
            ) : null}
          </Text>
        </>
      ) : (
        <>
          <Spinner size="tiny" aria-hidden />
          <Text className={styles.soft}>Waiting for the first event of “{created.name}”</Text>
        </>
      )}
    </div>
  );
}
