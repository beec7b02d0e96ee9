import { Badge, Button, makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { CodeBlock } from '../../components/CodeBlock.tsx';
import { Loaded } from '../../components/Loaded.tsx';
import { SimpleTable } from '../../components/SimpleTable.tsx';
import { useUrlState } from '../../lib/urlState.ts';
import { EmptyState } from '../../shell/EmptyState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { useApiDocument } from './data.ts';
import { type ApiDocument, curlOf, exampleOf, type Operation, operationsOf, typeName } from './model.ts';
import { MethodMark } from './parts/MethodMark.tsx';
import { OperationList } from './parts/OperationList.tsx';
import { SchemaTree } from './parts/SchemaTree.tsx';
import { TwoPanes } from './parts/TwoPanes.tsx';
import { docsSchema } from './search.ts';

/** Reference of the API: what can be called, what it needs, what it answers. Read from the server that is running. */
export function ApiDocsPage() {
  const document = useApiDocument();
  const [state, setState] = useUrlState(docsSchema);
  const operations = useMemo(() => (document.data ? operationsOf(document.data) : []), [document.data]);
  const chosen = operations.find((operation) => operation.id === state.op);
  return (
    <PageShell
      title="API reference"
      purpose="Every call of this server, with the permission it needs. The whole description is OpenAPI 3.1."
      fill
      commands={
        <Button as="a" href="/api/openapi.json" download="parapet-openapi.json">
          Download OpenAPI
        </Button>
      }
    >
      <Loaded query={document} what="The description of the API">
        {(data) => (
          <TwoPanes
            side={
              <OperationList
                operations={operations}
                search={state.search}
                chosen={state.op}
                onSearch={(search) => setState({ search })}
                onChoose={(operation) => setState({ op: operation.id }, { push: true })}
              />
            }
          >
            {chosen ? (
              <OperationDetails operation={chosen} document={data} />
            ) : (
              <EmptyState
                title={state.op ? 'There is no such call' : 'Choose a call'}
                reason={state.op ? `${state.op} is not part of this server.` : data.info.description}
              />
            )}
          </TwoPanes>
        )}
      </Loaded>
    </PageShell>
  );
}

const useStyles = makeStyles({
  head: { display: 'flex', alignItems: 'baseline', gap: '10px', flexWrap: 'wrap' },
  path: {
    margin: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase400,
    overflowWrap: 'anywhere',
  },
  spring: { flexGrow: 1 },
  facts: { display: 'flex', gap: '8px', margin: '8px 0 4px', flexWrap: 'wrap' },
  section: { marginTop: '18px' },
  heading: { display: 'block', margin: '0 0 6px' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
});

function OperationDetails({ operation, document }: { readonly operation: Operation; readonly document: ApiDocument }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const example = operation.body ? JSON.stringify(exampleOf(operation.body, document), null, 2) : '';
  return (
    <article aria-label={operation.id}>
      <div className={styles.head}>
        <MethodMark method={operation.method} />
        <h2 className={styles.path}>{operation.path}</h2>
        <div className={styles.spring} />
        <Button
          appearance="primary"
          onClick={() => void navigate({ to: '/api-explorer', search: { op: operation.id } })}
        >
          Try it
        </Button>
      </div>
      <Text block>{operation.summary}</Text>
      <div className={styles.facts}>
        <Badge appearance="outline">
          {operation.permission
            ? `Needs ${operation.permission}`
            : operation.open
              ? 'Open to everyone'
              : 'Needs a session'}
        </Badge>
        {operation.keys ? <Badge appearance="outline">Takes keys and tokens</Badge> : null}
      </div>
      {operation.parameters.length ? (
        <section className={styles.section}>
          <Subtitle2 className={styles.heading}>Parameters</Subtitle2>
          <SimpleTable
            label="Parameters"
            rows={operation.parameters}
            rowKey={(parameter) => `${parameter.in} ${parameter.name}`}
            columns={[
              { id: 'name', header: 'Name', render: ({ name }) => <span className={styles.mono}>{name}</span> },
              { id: 'in', header: 'In', render: (parameter) => (parameter.in === 'path' ? 'Path' : 'Query') },
              {
                id: 'type',
                header: 'Type',
                minWidth: 160,
                render: ({ schema }) => <span className={styles.mono}>{typeName(schema, document)}</span>,
              },
              { id: 'limits', header: 'Limits', render: ({ schema }) => limitsOf(schema) || '–' },
              { id: 'required', header: 'Required', render: ({ required }) => (required ? 'Yes' : 'No') },
            ]}
          />
        </section>
      ) : null}
      {operation.body ? (
        <section className={styles.section}>
          <Subtitle2 className={styles.heading}>Body</Subtitle2>
          <SchemaTree schema={operation.body} document={document} />
        </section>
      ) : null}
      <section className={styles.section}>
        <Subtitle2 className={styles.heading}>Answer {operation.status}</Subtitle2>
        {operation.answer ? (
          <SchemaTree key={operation.id} schema={operation.answer} document={document} />
        ) : (
          <Text>No JSON body.</Text>
        )}
        <Text block>
          Refusals answer with <span className={styles.mono}>error.code</span>, a message and what can be done.{' '}
          <Link to="/settings">Keys are made in the settings.</Link>
        </Text>
      </section>
      <section className={styles.section}>
        <Subtitle2 className={styles.heading}>For a shell</Subtitle2>
        <CodeBlock
          what="command"
          text={curlOf(
            { method: operation.method, path: operation.path, body: example },
            window.location.origin,
            operation.keys,
          )}
        />
      </section>
    </article>
  );
}

const LIMITS: Readonly<Record<string, string>> = {
  minimum: 'at least',
  maximum: 'at most',
  minLength: 'characters from',
  maxLength: 'characters up to',
  maxItems: 'items up to',
  default: 'default',
};

const limitsOf = (schema: Readonly<Record<string, unknown>>): string =>
  Object.entries(LIMITS)
    .filter(([name]) => name in schema)
    .map(([name, words]) => `${words} ${String(schema[name])}`)
    .join(', ');
