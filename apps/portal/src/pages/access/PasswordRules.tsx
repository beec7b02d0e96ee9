import { makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkCircle16Filled } from '@fluentui/react-icons/svg/checkmark-circle';
import { Circle16Regular } from '@fluentui/react-icons/svg/circle';
import { passwordRules } from './password.ts';

const useStyles = makeStyles({
  list: { listStyle: 'none', margin: '2px 0 0', padding: 0, fontSize: tokens.fontSizeBase200 },
  item: { display: 'flex', alignItems: 'center', gap: '6px', minHeight: '20px', color: tokens.colorNeutralForeground3 },
  met: { color: tokens.colorPaletteGreenForeground1, display: 'flex' },
});

/** The rules, ticked off while typing. */
export function PasswordRules({ password, username }: { readonly password: string; readonly username: string }) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label="Password rules">
      {passwordRules(password, username).map((rule) => (
        <li key={rule.label} className={styles.item}>
          {rule.met ? (
            <span className={styles.met}>
              <CheckmarkCircle16Filled aria-label="Met" />
            </span>
          ) : (
            <Circle16Regular aria-label="Not met" />
          )}
          {rule.label}
        </li>
      ))}
    </ul>
  );
}
