import {
  Button,
  Field,
  Input,
  Menu,
  MenuDivider,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
} from '@fluentui/react-components';
import { BookmarkMultiple20Regular } from '@fluentui/react-icons/svg/bookmark-multiple';
import { Delete16Regular } from '@fluentui/react-icons/svg/delete';
import { useLocation, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { usePreference } from '../api/preferences.ts';
import { visibleText } from '../lib/text.ts';
import { notify } from './Notifier.tsx';

interface SavedView {
  readonly name: string;
  /** Search part of the address, with its question mark. */
  readonly search: string;
}

const MOST = 30;

const useStyles = makeStyles({ form: { display: 'flex', gap: '8px', alignItems: 'end' } });

/** Filters, order and page size of a list under a name of one's own; kept on the server for the person. */
export function SavedViews({ list }: { readonly list: string }) {
  const styles = useStyles();
  const router = useRouter();
  const { pathname, searchStr } = useLocation();
  const [views, setViews] = usePreference<readonly SavedView[]>(`views.${list}`, []);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const save = () => {
    const text = name.trim();
    if (!text) return;
    setViews([...views.filter((view) => view.name !== text), { name: text, search: searchStr }].slice(-MOST));
    setNaming(false);
    setName('');
    notify.success('View saved', text);
  };
  const remove = (view: SavedView) => {
    setViews(views.filter((each) => each !== view));
    notify.undoable('View removed', () => setViews(views), view.name);
  };
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button appearance="subtle" icon={<BookmarkMultiple20Regular />}>
            Views
          </Button>
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {views.map((view) => (
              <MenuItem key={view.name} onClick={() => router.history.push(`${pathname}${view.search}`)}>
                {visibleText(view.name)}
              </MenuItem>
            ))}
            {views.length > 0 ? <MenuDivider /> : null}
            <MenuItem onClick={() => setNaming(true)}>Save these filters as a view</MenuItem>
            {views.length > 0 ? (
              <Menu>
                <MenuTrigger disableButtonEnhancement>
                  <MenuItem>Remove a view</MenuItem>
                </MenuTrigger>
                <MenuPopover>
                  <MenuList>
                    {views.map((view) => (
                      <MenuItem key={view.name} icon={<Delete16Regular />} onClick={() => remove(view)}>
                        {visibleText(view.name)}
                      </MenuItem>
                    ))}
                  </MenuList>
                </MenuPopover>
              </Menu>
            ) : null}
          </MenuList>
        </MenuPopover>
      </Menu>
      <Popover open={naming} onOpenChange={(_, data) => setNaming(data.open)} trapFocus positioning="below-end">
        <PopoverTrigger disableButtonEnhancement>
          <span />
        </PopoverTrigger>
        <PopoverSurface aria-label="Save view">
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault();
              save();
            }}
          >
            <Field label="Name of the view">
              <Input autoFocus value={name} maxLength={80} onChange={(_, data) => setName(data.value)} />
            </Field>
            <Button type="submit" appearance="primary" disabled={!name.trim()}>
              Save view
            </Button>
          </form>
        </PopoverSurface>
      </Popover>
    </>
  );
}
