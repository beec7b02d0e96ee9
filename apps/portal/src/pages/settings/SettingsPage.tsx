import { makeStyles, Tab, TabList } from '@fluentui/react-components';
import type { Permission } from '@parapet/schema/wire';
import type { ComponentType } from 'react';
import * as v from 'valibot';
import { ApiError } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { url, useUrlState } from '../../lib/urlState.ts';
import { ErrorState } from '../../shell/ErrorState.tsx';
import { PageShell } from '../../shell/PageShell.tsx';
import { AccountSection } from './AccountSection.tsx';
import { AppearanceSection } from './AppearanceSection.tsx';
import { AppsSection } from './AppsSection.tsx';
import { KeysSection } from './KeysSection.tsx';
import { SecuritySection } from './SecuritySection.tsx';
import { SignInSection } from './SignInSection.tsx';
import { StreamsSection } from './StreamsSection.tsx';
import { UsersSection } from './UsersSection.tsx';

const SECTIONS = ['appearance', 'account', 'security', 'keys', 'apps', 'streams', 'users', 'signIn'] as const;
type Section = (typeof SECTIONS)[number];

const PARTS: Readonly<
  Record<Section, { readonly label: string; readonly permission?: Permission; readonly view: ComponentType }>
> = {
  appearance: { label: 'Appearance', view: AppearanceSection },
  account: { label: 'Your account', view: AccountSection },
  security: { label: 'Your security', view: SecuritySection },
  keys: { label: 'API keys', permission: 'Sys.Read', view: KeysSection },
  apps: { label: 'App registrations', permission: 'Auth.Read', view: AppsSection },
  streams: { label: 'Streaming', permission: 'Sys.Read', view: StreamsSection },
  users: { label: 'Users', permission: 'Auth.Read', view: UsersSection },
  signIn: { label: 'Signing in', permission: 'Auth.Read', view: SignInSection },
};

const schema = v.object({ section: url.choice(SECTIONS, 'appearance') });

const useStyles = makeStyles({
  columns: { display: 'grid', gridTemplateColumns: '150px minmax(0, 1fr)', gap: '20px', alignItems: 'start' },
  tabs: { position: 'sticky', top: 0, marginLeft: '-10px', '& .fui-Tab__content': { textAlign: 'left' } },
});

export function SettingsPage() {
  const styles = useStyles();
  const [{ section }, setState] = useUrlState(schema);
  const permissions = useSession()?.permissions ?? [];
  const allowed = (each: Section) => {
    const needed = PARTS[each].permission;
    return needed === undefined || permissions.includes(needed);
  };
  const part = PARTS[section];
  const View = part.view;
  return (
    <PageShell title="Settings">
      <div className={styles.columns}>
        <TabList
          vertical
          className={styles.tabs}
          aria-label="Settings"
          selectedValue={section}
          onTabSelect={(_, data) => setState({ section: data.value as Section }, { push: true })}
        >
          {SECTIONS.filter(allowed).map((each) => (
            <Tab key={each} value={each}>
              {PARTS[each].label}
            </Tab>
          ))}
        </TabList>
        <div>
          {allowed(section) ? (
            <View />
          ) : (
            <ErrorState
              error={
                new ApiError(
                  403,
                  'permission_denied',
                  `${part.label} needs the permission ${part.permission}.`,
                  'Ask an administrator for it.',
                  undefined,
                  undefined,
                )
              }
            />
          )}
        </div>
      </div>
    </PageShell>
  );
}
