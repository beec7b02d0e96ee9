import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { ApiError } from '../../api/client.ts';

/** What went wrong, at the top of a form. */
export function Failure({ error }: { readonly error: unknown }) {
  if (!error) return null;
  const hint = error instanceof ApiError ? error.hint : undefined;
  return (
    <MessageBar intent="error" role="alert" layout="multiline">
      <MessageBarBody>
        {error instanceof Error ? error.message : String(error)} {hint}
      </MessageBarBody>
    </MessageBar>
  );
}
