import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { ChevronRight16Regular } from '@fluentui/react-icons/svg/chevron-right';
import { useState } from 'react';
import { type ApiDocument, resolve, type Schema, typeName } from '../model.ts';

const useStyles = makeStyles({
  tree: { margin: 0, padding: 0, listStyle: 'none' },
  nested: { margin: 0, padding: '0 0 0 20px', listStyle: 'none' },
  line: { display: 'flex', alignItems: 'baseline', gap: '8px', minHeight: '26px', flexWrap: 'wrap' },
  toggle: { minWidth: '20px', width: '20px', height: '20px', padding: 0 },
  gap: { display: 'inline-block', width: '20px', flexShrink: 0 },
  name: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  type: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
    overflowWrap: 'anywhere',
  },
  about: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground2 },
  must: { fontSize: tokens.fontSizeBase100, color: tokens.colorPaletteRedForeground3 },
});

/** Fields of an object below a schema: its own, or those of the elements of a list. */
function fieldsOf(
  schema: Schema,
  document: ApiDocument,
): { readonly fields: readonly [string, Schema][]; readonly required: ReadonlySet<string> } {
  const found = resolve(schema, document);
  if (found.type === 'array') return fieldsOf((found.items ?? {}) as Schema, document);
  const options = (found.anyOf ?? found.oneOf) as readonly Schema[] | undefined;
  const chosen = options?.map((option) => resolve(option, document)).find((option) => option.properties) ?? found;
  if (chosen !== found) return fieldsOf(chosen, document);
  return {
    fields: Object.entries((found.properties ?? {}) as Readonly<Record<string, Schema>>),
    required: new Set((found.required ?? []) as readonly string[]),
  };
}

/** A schema as an outline that opens level by level: types may contain themselves. */
export function SchemaTree({ schema, document }: { readonly schema: Schema; readonly document: ApiDocument }) {
  const styles = useStyles();
  const { fields, required } = fieldsOf(schema, document);
  if (fields.length === 0) return <span className={styles.type}>{typeName(schema, document)}</span>;
  return (
    <>
      <span className={styles.type}>{typeName(schema, document)}</span>
      <ul className={styles.tree}>
        {fields.map(([name, of]) => (
          <Field key={name} name={name} schema={of} required={required.has(name)} document={document} />
        ))}
      </ul>
    </>
  );
}

function Field({
  name,
  schema,
  required,
  document,
}: {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly document: ApiDocument;
}) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const below = fieldsOf(schema, document);
  return (
    <li>
      <div className={styles.line}>
        {below.fields.length ? (
          <Button
            appearance="transparent"
            size="small"
            className={styles.toggle}
            icon={open ? <ChevronDown16Regular /> : <ChevronRight16Regular />}
            aria-expanded={open}
            aria-label={`Fields of ${name}`}
            onClick={() => setOpen(!open)}
          />
        ) : (
          <span className={styles.gap} />
        )}
        <span className={styles.name}>{name}</span>
        <span className={styles.type}>{typeName(schema, document)}</span>
        {required ? null : <span className={styles.about}>optional</span>}
        {typeof schema.description === 'string' ? <span className={styles.about}>{schema.description}</span> : null}
      </div>
      {open ? (
        <ul className={styles.nested}>
          {below.fields.map(([inner, of]) => (
            <Field key={inner} name={inner} schema={of} required={below.required.has(inner)} document={document} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}
