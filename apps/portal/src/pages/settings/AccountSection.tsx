import { useSession } from '../../api/session.ts';
import { Facts } from '../../components/Facts.tsx';
import { words } from '../../theme/meaning.ts';
import { Section } from './Section.tsx';

export function AccountSection() {
  const session = useSession();
  const user = session?.user;
  if (!user) return null;
  return (
    <Section title="Your account">
      <Facts
        rows={[
          { label: 'Name', value: user.displayName },
          { label: 'User name', value: user.username },
          { label: 'Role', value: user.role ? words(user.role) : 'None: rights come from assignments' },
          { label: 'Permissions', value: session.permissions.join(', ') },
        ]}
      />
    </Section>
  );
}
