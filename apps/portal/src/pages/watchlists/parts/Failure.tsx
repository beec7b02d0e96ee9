import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { ApiError } from '../../../api/client.ts';
import { visibleText } from '../../../lib/text.ts';

/** What the server refused, inside the dialog that asked for it: the text may name lines and keys. */
export function Failure({ title, error }: { readonly title: string; readonly error: unknown }) {
  if (!error) return null;
  const hint = error instanceof ApiError ? error.hint : undefined;
  return (
    <MessageBar intent="error" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle>
        {visibleText(error instanceof Error ? error.message : String(error))} {hint ? visibleText(hint) : ''}
      </MessageBarBody>
    </MessageBar>
  );
}
