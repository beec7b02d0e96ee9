import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components';
import { MoreHorizontal16Regular } from '@fluentui/react-icons/svg/more-horizontal';
import type { SavedQuery } from '@parapet/schema/wire';
import { useState } from 'react';
import { ApiError } from '../../api/client.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { notify } from '../../components/Notifier.tsx';
import { usePaneStyles } from './SchemaPane.tsx';
import { useSavedQueries } from './saved-queries.ts';

/** What can be done with a saved query or function. Those of others can only be opened. */
export function SavedMenu({
  saved,
  onOpen,
  onRename,
}: {
  readonly saved: SavedQuery;
  readonly onOpen?: (saved: SavedQuery) => void;
  readonly onRename: (saved: SavedQuery) => void;
}) {
  const styles = usePaneStyles();
  const { update, remove, removeCalled } = useSavedQueries();
  /** What the server said about those that call it. */
  const [called, setCalled] = useState('');
  const isFunction = saved.kind === 'function';
  const drop = () =>
    void remove(saved).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'function_in_use') setCalled(error.message);
      else notify.failure(`${saved.name} was not deleted`, error);
    });
  if (!saved.own && !onOpen) return null;
  return (
    <>
      <Menu>
        <MenuTrigger disableButtonEnhancement>
          <Button
            size="small"
            appearance="subtle"
            data-line-menu=""
            className={styles.menu}
            icon={<MoreHorizontal16Regular />}
            aria-label={`Actions for ${saved.name}`}
          />
        </MenuTrigger>
        <MenuPopover>
          <MenuList>
            {onOpen ? <MenuItem onClick={() => onOpen(saved)}>Open in a tab</MenuItem> : null}
            {saved.own ? (
              <>
                <MenuItem onClick={() => onRename(saved)}>
                  {isFunction ? 'Name, folder and parameters' : 'Rename or move'}
                </MenuItem>
                <MenuItem onClick={() => update({ ...saved, shared: !saved.shared })}>
                  {saved.shared ? 'Keep to myself' : 'Share with everyone'}
                </MenuItem>
                <MenuItem onClick={drop}>Delete</MenuItem>
              </>
            ) : null}
          </MenuList>
        </MenuPopover>
      </Menu>
      {called ? (
        <ConfirmDialog
          open
          onClose={() => setCalled('')}
          title={`Delete ${saved.name} all the same?`}
          action="Delete the function"
          failure={`${saved.name} was not deleted`}
          onConfirm={() => removeCalled(saved)}
        >
          {called} Queries that call those will fail.
        </ConfirmDialog>
      ) : null}
    </>
  );
}
