import { Field, Input, makeStyles, Select, Switch, Textarea } from '@fluentui/react-components';
import type { SourceField } from '@parapet/schema/wire';
import { type FormValues, isShown } from './form.ts';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: '12px' },
  mono: { fontFamily: 'var(--fontFamilyMonospace)' },
});

/** The settings of a kind of source, drawn from what the server declares. */
export function KindFields({
  fields,
  values,
  onChange,
  secretsStored,
  invalid,
}: {
  readonly fields: readonly SourceField[];
  readonly values: FormValues;
  readonly onChange: (values: FormValues) => void;
  /** Secrets left empty keep what is stored. */
  readonly secretsStored: boolean;
  /** Field the server refused, and why. */
  readonly invalid?: { readonly field: string; readonly message: string } | undefined;
}) {
  const styles = useStyles();
  const set = (name: string, value: string | boolean) => onChange({ ...values, [name]: value });
  return (
    <div className={styles.stack}>
      {fields
        .filter((field) => isShown(field, values))
        .map((field) => {
          const wrong = invalid?.field === `settings.${field.name}` ? invalid.message : undefined;
          const text = String(values[field.name] ?? '');
          if (field.type === 'switch')
            return (
              <Field key={field.name} hint={field.hint} {...(wrong ? { validationMessage: wrong } : {})}>
                <Switch
                  label={field.label}
                  checked={values[field.name] === true}
                  onChange={(_, data) => set(field.name, data.checked)}
                />
              </Field>
            );
          return (
            <Field
              key={field.name}
              label={field.label}
              hint={
                field.type === 'secret' && secretsStored
                  ? `${field.hint ? `${field.hint} ` : ''}Leave it empty to keep the stored one.`
                  : field.hint
              }
              required={field.required === true && !(field.type === 'secret' && secretsStored)}
              {...(wrong ? { validationMessage: wrong } : {})}
            >
              {field.type === 'choice' ? (
                <Select value={text} onChange={(_, data) => set(field.name, data.value)}>
                  {field.choices?.map((choice) => (
                    <option key={choice.value} value={choice.value}>
                      {choice.label}
                    </option>
                  ))}
                </Select>
              ) : field.type === 'textarea' ? (
                <Textarea
                  resize="vertical"
                  rows={5}
                  textarea={{ className: styles.mono, spellCheck: false }}
                  value={text}
                  onChange={(_, data) => set(field.name, data.value)}
                />
              ) : (
                <Input
                  type={field.type === 'secret' ? 'password' : field.type === 'number' ? 'number' : 'text'}
                  autoComplete={field.type === 'secret' ? 'new-password' : 'off'}
                  {...(field.min === undefined ? {} : { min: field.min })}
                  {...(field.max === undefined ? {} : { max: field.max })}
                  value={text}
                  onChange={(_, data) => set(field.name, data.value)}
                />
              )}
            </Field>
          );
        })}
    </div>
  );
}
