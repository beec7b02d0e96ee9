import { Input } from '@fluentui/react-components';
import { Search16Regular } from '@fluentui/react-icons/svg/search';
import { usePaneStyles } from './SchemaPane.tsx';

/** The search at the head of a pane beside the editor. */
export function PaneSearch({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const styles = usePaneStyles();
  return (
    <div className={styles.search}>
      <Input
        size="small"
        type="search"
        style={{ width: '100%' }}
        contentBefore={<Search16Regular />}
        placeholder={label}
        aria-label={label}
        value={value}
        onChange={(_, data) => onChange(data.value)}
      />
    </div>
  );
}
