import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { CheckmarkCircle20Regular } from '@fluentui/react-icons/svg/checkmark-circle';
import { Prohibited20Regular } from '@fluentui/react-icons/svg/prohibited';
import type { ConsentRequest } from '@parapet/schema/wire';
import { visibleText } from '../../lib/text.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  item: { display: 'grid', gridTemplateColumns: '24px minmax(0, 1fr)', alignItems: 'start' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** What a program asks for, in words, and what of it the person can give. */
export function ConsentDetails({ request, username }: { readonly request: ConsentRequest; readonly username: string }) {
  const styles = useStyles();
  return (
    <>
      {request.appDescription ? <Text>{visibleText(request.appDescription)}</Text> : null}
      <Text>
        It will do this as <b>{visibleText(username)}</b>, with your rights and no more:
      </Text>
      <ul className={styles.list}>
        {request.scopes.map((scope) => (
          <li key={scope.name} className={styles.item}>
            {scope.held ? <CheckmarkCircle20Regular aria-hidden /> : <Prohibited20Regular aria-hidden />}
            <span>
              <Text block>{scope.about}</Text>
              <Text size={200} className={styles.soft}>
                {scope.name}
                {scope.held ? '' : ' · you do not hold this, so it will not have it'}
              </Text>
            </span>
          </li>
        ))}
        {request.scopes.length === 0 ? <li>Know who you are</li> : null}
        {request.offline ? (
          <li className={styles.item}>
            <CheckmarkCircle20Regular aria-hidden />
            <Text>Go on while you are away, for up to 90 days without use</Text>
          </li>
        ) : null}
      </ul>
    </>
  );
}
