import { makeStyles, Textarea, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { api } from '../../../api/client.ts';
import { useCheck } from '../../hunting/useCheck.ts';

const KustoEditor = lazy(() => import('../../../features/kusto-editor/KustoEditor.tsx'));

const useStyles = makeStyles({
  frame: {
    height: '320px',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    overflow: 'hidden',
    resize: 'vertical',
    minHeight: '160px',
  },
});

/** The editor of the hunting page, for the query of a rule. */
export function QueryEditor({
  documentKey,
  text,
  onChange,
  onRun,
}: {
  readonly documentKey: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}) {
  const styles = useStyles();
  const { checked } = useCheck(text);
  const schema = useQuery({
    queryKey: ['hunting', 'schema'],
    queryFn: ({ signal }) => api.get('/api/hunting/schema', {}, signal),
  });
  const language = useQuery({
    queryKey: ['hunting', 'language'],
    queryFn: ({ signal }) => api.get('/api/hunting/language', {}, signal),
  });
  useEffect(
    () => () => {
      void import('../../../features/kusto-editor/KustoEditor.tsx').then(({ disposeDocument }) =>
        disposeDocument(documentKey),
      );
    },
    [documentKey],
  );
  return (
    <div className={styles.frame}>
      <Suspense
        fallback={
          <Textarea
            aria-label="KQL query"
            value={text}
            style={{ width: '100%', height: '100%' }}
            onChange={(_, data) => onChange(data.value)}
          />
        }
      >
        <KustoEditor
          documentKey={documentKey}
          text={text}
          cursor={text.length}
          onChange={onChange}
          onCursor={() => undefined}
          onRun={onRun}
          onSelection={() => undefined}
          schema={schema.data}
          language={language.data}
          running={undefined}
          diagnostics={checked?.diagnostics ?? []}
        />
      </Suspense>
    </div>
  );
}
