import { Field, Radio, RadioGroup, Select } from '@fluentui/react-components';
import { CLASSIFICATIONS, type Classification, DETERMINATIONS, type Determination } from '@parapet/schema/wire';
import { words } from '../theme/meaning.ts';

export interface Verdict {
  readonly classification: Classification | '';
  readonly determination: Determination | '';
}

/** What it was: a classification and one of its determinations. */
export function VerdictFields({
  value,
  onChange,
}: {
  readonly value: Verdict;
  readonly onChange: (value: Verdict) => void;
}) {
  const options = value.classification ? DETERMINATIONS[value.classification] : [];
  return (
    <>
      <Field label="Classification" required>
        <RadioGroup
          value={value.classification}
          onChange={(_, data) => onChange({ classification: data.value as Classification, determination: '' })}
        >
          {CLASSIFICATIONS.map((each) => (
            <Radio key={each} value={each} label={words(each)} />
          ))}
        </RadioGroup>
      </Field>
      <Field label="Determination" required>
        <Select
          value={value.determination}
          disabled={!value.classification}
          onChange={(_, data) => onChange({ ...value, determination: data.value as Determination })}
        >
          <option value="">{value.classification ? 'Choose…' : 'Choose the classification first'}</option>
          {options.map((each) => (
            <option key={each} value={each}>
              {words(each)}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}
