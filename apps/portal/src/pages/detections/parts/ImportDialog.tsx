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
  Text,
  Textarea,
} from '@fluentui/react-components';
import { useRef, useState } from 'react';
import { Tag } from '../../../components/Badges.tsx';
import { notify } from '../../../components/Notifier.tsx';
import { SimpleTable } from '../../../components/SimpleTable.tsx';
import { visibleText } from '../../../lib/text.ts';
import { plural } from '../../../lib/time.ts';
import { Failure } from '../../watchlists/parts/Failure.tsx';
import { type ImportResult, importRules, useRuleChanges } from '../data.ts';

const MAX_BYTES = 8_000_000;
const OUTCOME: Readonly<Record<ImportResult['outcome'], string>> = {
  created: 'New',
  updated: 'New version',
  unchanged: 'Unchanged',
  refused: 'Refused',
};

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  row: { display: 'flex', gap: '8px', alignItems: 'center', flexWrap: 'wrap' },
});

/** Rules from files: first what would become of each, then doing it. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const { refresh } = useRuleChanges();
  const picker = useRef<HTMLInputElement>(null);
  const [files, setFiles] = useState<readonly { name: string; text: string }[]>([]);
  const [pasted, setPasted] = useState('');
  const [results, setResults] = useState<readonly ImportResult[]>();
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const all = pasted.trim() ? [...files, { name: 'pasted', text: pasted }] : files;
  const good = results?.filter(({ outcome }) => outcome === 'created' || outcome === 'updated').length ?? 0;

  const choose = async (list: FileList | null) => {
    const chosen = [...(list ?? [])];
    if (chosen.reduce((sum, file) => sum + file.size, 0) > MAX_BYTES) {
      setFailure(new Error('The files have more than 8 MB together.'));
      return;
    }
    setFailure(undefined);
    setResults(undefined);
    setFiles(await Promise.all(chosen.map(async (file) => ({ name: file.name, text: await file.text() }))));
  };
  const run = async (dryRun: boolean) => {
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await importRules(all, dryRun);
      setResults(answer.results);
      if (!dryRun) {
        setDone(true);
        void refresh();
        notify.success(
          `${plural(answer.results.filter(({ outcome }) => outcome !== 'refused').length, 'rule')} brought in`,
        );
      }
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 860 }}>
        <DialogBody>
          <DialogTitle>Import rules</DialogTitle>
          <DialogContent className={styles.stack}>
            <div className={styles.row}>
              <input
                ref={picker}
                type="file"
                hidden
                multiple
                accept=".yaml,.yml,text/yaml"
                aria-label="Files with rules"
                onChange={(event) => void choose(event.target.files)}
              />
              <Button onClick={() => picker.current?.click()}>Choose files</Button>
              <Text size={200}>
                {files.length > 0
                  ? plural(files.length, 'file')
                  : 'YAML files, as Export writes them; one file may hold several rules.'}
              </Text>
            </div>
            <Field label="Or paste">
              <Textarea
                value={pasted}
                rows={6}
                resize="vertical"
                textarea={{ spellCheck: false, style: { fontFamily: 'monospace' } }}
                onChange={(_, data) => {
                  setPasted(data.value);
                  setResults(undefined);
                }}
              />
            </Field>
            <Failure title="The rules could not be read" error={failure} />
            {results ? (
              <SimpleTable<ImportResult>
                label="What becomes of the rules"
                rows={results}
                rowKey={(each) => each.name}
                columns={[
                  { id: 'name', header: 'File', render: (each) => visibleText(each.name) },
                  {
                    id: 'outcome',
                    header: 'Outcome',
                    nowrap: true,
                    render: (each) => <Tag>{OUTCOME[each.outcome]}</Tag>,
                  },
                  {
                    id: 'problems',
                    header: 'Why',
                    minWidth: 260,
                    render: (each) =>
                      each.problems.map(({ line, message, fix }) => (
                        <Text key={`${line}${message}`} size={200} block>
                          Line {line}: {visibleText(message)} {fix ? `Fix: ${visibleText(fix)}` : ''}
                        </Text>
                      )),
                  },
                ]}
              />
            ) : null}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button disabled={busy}>{done ? 'Close' : 'Cancel'}</Button>
            </DialogTrigger>
            {done ? null : results ? (
              <Button appearance="primary" disabled={busy || good === 0} onClick={() => void run(false)}>
                Import {plural(good, 'rule')}
              </Button>
            ) : (
              <Button appearance="primary" disabled={busy || all.length === 0} onClick={() => void run(true)}>
                Check
              </Button>
            )}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
