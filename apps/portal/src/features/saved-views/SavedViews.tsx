import {
  Button,
  Checkbox,
  Field,
  Input,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { Bookmark20Regular } from '@fluentui/react-icons/svg/bookmark';
import { ChevronDown16Regular } from '@fluentui/react-icons/svg/chevron-down';
import { Delete16Regular } from '@fluentui/react-icons/svg/delete';
import type { SavedView } from '@parapet/schema/wire';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { useSession } from '../../api/session.ts';
import { FormDialog } from '../../components/FormDialog.tsx';
import { notify } from '../../components/Notifier.tsx';
import { stringifySearch } from '../../lib/searchString.ts';
import { visibleText } from '../../lib/text.ts';

export interface SavedViewsProps {
  /** Page the views belong to: `incidents`; also its address. */
  readonly area: string;
  /** What is in the address now; where one is on the list is not part of a view. */
  readonly search: Readonly<Record<string, string>>;
}

/** Named sets of filters, one's own and shared ones: open, save, share, remove. */
export function SavedViews({ area, search }: SavedViewsProps) {
  const router = useRouter();
  const client = useQueryClient();
  const me = useSession()?.user?.username;
  const [saving, setSaving] = useState(false);
  const key = ['/api/views', area];
  const views = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      api.get<{ readonly items: readonly SavedView[] }>('/api/views' as string, { area }, signal),
    staleTime: 60_000,
  });
  const { page: _page, row: _row, ...kept } = search;
  const now = stringifySearch(kept).slice(1);
  const current = views.data?.items.find((view) => view.search === now);
  const refresh = () => client.invalidateQueries({ queryKey: key });
  const act = async (work: Promise<unknown>, done: string, failed: string) => {
    try {
      await work;
      await refresh();
      notify.success(done);
    } catch (error) {
      notify.failure(failed, error);
    }
  };
  const at = (view: SavedView) => `/api/views/${encodeURIComponent(view.id)}`;
  const group = (label: string, items: readonly SavedView[]) =>
    items.length === 0 ? null : (
      <MenuGroup>
        <MenuGroupHeader>{label}</MenuGroupHeader>
        {items.map((view) => (
          <MenuItem
            key={view.id}
            secondaryContent={view.owner === me ? (view.shared ? 'shared' : '') : visibleText(view.owner)}
            onClick={() => router.history.push(`/${area}?${view.search}`)}
          >
            {visibleText(view.name)}
          </MenuItem>
        ))}
      </MenuGroup>
    );
  const items = views.data?.items ?? [];
  const mine = current && current.owner === me ? current : undefined;
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button size="small" icon={<Bookmark20Regular />}>
            {current ? visibleText(current.name) : 'Views'} <ChevronDown16Regular />
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {group(
              'Yours',
              items.filter((view) => view.owner === me),
            )}
            {group(
              'Shared by colleagues',
              items.filter((view) => view.owner !== me),
            )}
            {items.length > 0 ? <MenuDivider /> : null}
            <MenuItem disabled={current !== undefined} onClick={() => setSaving(true)}>
              Save these filters as a view…
            </MenuItem>
            {mine ? (
              <>
                <MenuItem
                  onClick={() =>
                    void act(
                      api.patch(at(mine) as string, { shared: !mine.shared }),
                      mine.shared ? 'Only you see the view now' : 'Colleagues see the view now',
                      'The view was not changed',
                    )
                  }
                >
                  {mine.shared ? 'Stop sharing this view' : 'Share this view'}
                </MenuItem>
                <MenuItem
                  icon={<Delete16Regular />}
                  onClick={() => {
                    const { name, search: filters, shared } = mine;
                    void api.delete(at(mine)).then(
                      async () => {
                        await refresh();
                        notify.undoable(`View ${name} removed`, () => {
                          const again = api.post(`/api/views?area=${area}` as string, {
                            name,
                            search: filters,
                            shared,
                          });
                          void act(again, 'Undone', 'It could not be undone');
                        });
                      },
                      (error: unknown) => notify.failure('The view was not removed', error),
                    );
                  }}
                >
                  Remove this view
                </MenuItem>
              </>
            ) : null}
          </MenuList>
        </MenuPopover>
      </Menu>
      {saving ? (
        <SaveDialog area={area} search={now} onClose={() => setSaving(false)} onSaved={() => void refresh()} />
      ) : null}
    </>
  );
}

function SaveDialog({
  area,
  search,
  onClose,
  onSaved,
}: {
  readonly area: string;
  readonly search: string;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  return (
    <FormDialog
      title="Save these filters as a view"
      action="Save view"
      disabled={!name.trim()}
      width={440}
      onClose={onClose}
      onSubmit={async () => {
        await api.post(`/api/views?area=${area}` as string, { name: name.trim(), search, shared });
        onSaved();
        notify.success(`View ${name.trim()} saved`);
      }}
    >
      <Field label="Name" required>
        <Input autoFocus value={name} maxLength={100} onChange={(_, data) => setName(data.value)} />
      </Field>
      <Checkbox
        label="Share it with everybody who may see this page"
        checked={shared}
        onChange={(_, data) => setShared(data.checked === true)}
      />
    </FormDialog>
  );
}
