import {
  Avatar,
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { CompassNorthwest20Regular } from '@fluentui/react-icons/svg/compass-northwest';
import { Keyboard20Regular } from '@fluentui/react-icons/svg/keyboard';
import { QuestionCircle20Regular } from '@fluentui/react-icons/svg/question-circle';
import { SignOut20Regular } from '@fluentui/react-icons/svg/sign-out';
import { Link } from '@tanstack/react-router';
import { signOut, useSession } from '../api/session.ts';
import { showKeyboardHelp } from '../components/KeyboardHelp.tsx';
import { notify } from '../components/Notifier.tsx';
import { useAppearance } from '../theme/Appearance.tsx';
import { words } from '../theme/meaning.ts';
import type { ThemeChoice } from '../theme/theme.ts';
import { Mark } from './Mark.tsx';
import { Notifications } from './Notifications.tsx';
import { ScopeFilterMenu } from './scope-filter/ScopeFilterMenu.tsx';
import { GlobalSearch } from './search/GlobalSearch.tsx';
import { startTour } from './Tour.tsx';

const useStyles = makeStyles({
  bar: {
    gridArea: 'top',
    display: 'grid',
    gridTemplateColumns: 'minmax(160px, 1fr) minmax(240px, 560px) minmax(160px, 1fr)',
    alignItems: 'center',
    gap: '12px',
    height: '48px',
    padding: '0 8px 0 12px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    zIndex: 10,
  },
  home: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: '10px',
    justifySelf: 'start',
    color: tokens.colorNeutralForeground1,
    textDecoration: 'none',
    borderRadius: tokens.borderRadiusMedium,
    padding: '4px 6px 4px 0',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  mark: { color: tokens.colorBrandForeground1, display: 'flex' },
  right: { justifySelf: 'end', display: 'flex', alignItems: 'center', gap: '4px' },
  account: { minWidth: 0, padding: '2px 4px' },
  who: { padding: '6px 10px 8px', display: 'flex', flexDirection: 'column' },
  soft: { color: tokens.colorNeutralForeground3 },
});

export function TopBar() {
  const styles = useStyles();
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.home}>
        <span className={styles.mark}>
          <Mark size={22} />
        </span>
        <Text weight="semibold" size={400}>
          Parapet
        </Text>
      </Link>
      <GlobalSearch />
      <div className={styles.right}>
        <ScopeFilterMenu />
        <Notifications />
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button appearance="subtle" icon={<QuestionCircle20Regular />} aria-label="Help" />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem icon={<Keyboard20Regular />} onClick={showKeyboardHelp}>
                Keyboard shortcuts
              </MenuItem>
              <MenuItem icon={<CompassNorthwest20Regular />} onClick={startTour}>
                Tour of the frame
              </MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
        <AccountMenu />
      </div>
    </header>
  );
}

function AccountMenu() {
  const styles = useStyles();
  const session = useSession();
  const { theme, zone, density, change } = useAppearance();
  const user = session?.user;
  if (!user) return null;
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      notify.failure('You are still signed in', error);
    }
  };
  return (
    <Menu
      checkedValues={{ theme: [theme], zone: [zone], density: [density] }}
      onCheckedValueChange={(_, data) => {
        const value = data.checkedItems[0];
        if (data.name === 'theme') change({ theme: value as ThemeChoice });
        if (data.name === 'zone') change({ zone: value === 'utc' ? 'utc' : 'local' });
        if (data.name === 'density') change({ density: value === 'comfortable' ? 'comfortable' : 'compact' });
      }}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" className={styles.account} aria-label={`Account: ${user.displayName}`}>
          <Avatar name={user.displayName} size={28} color="brand" aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <div className={styles.who}>
          <Text weight="semibold">{user.displayName}</Text>
          <Text size={200} className={styles.soft}>
            {user.username}, {user.role ? words(user.role).toLowerCase() : 'rights by assignment'}
          </Text>
        </div>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>Theme</MenuGroupHeader>
            <MenuItemRadio name="theme" value="system">
              As the system
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="light">
              Light
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="dark">
              Dark
            </MenuItemRadio>
            <MenuItemRadio name="theme" value="highContrast">
              High contrast
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>Times in</MenuGroupHeader>
            <MenuItemRadio name="zone" value="local">
              Local time
            </MenuItemRadio>
            <MenuItemRadio name="zone" value="utc">
              UTC
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuGroup>
            <MenuGroupHeader>Rows</MenuGroupHeader>
            <MenuItemRadio name="density" value="compact">
              Compact
            </MenuItemRadio>
            <MenuItemRadio name="density" value="comfortable">
              Comfortable
            </MenuItemRadio>
          </MenuGroup>
          <MenuDivider />
          <MenuItem icon={<SignOut20Regular />} onClick={() => void leave()}>
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
