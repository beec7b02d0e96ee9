import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import type { AlertExtras } from '@parapet/schema/wire';
import { Tag } from '../../../components/Badges.tsx';
import { Facts, PaneSection } from '../../../components/Facts.tsx';
import { visibleText } from '../../../lib/text.ts';

/** What the rule took from its rows for the alert, and what became of it at its creation. */
export function AlertExtrasSection({ extras }: { readonly extras: AlertExtras }) {
  const details = Object.entries(extras.customDetails ?? {});
  const { link, confidence, provider, tags, resolvedBy } = extras;
  const nothing = details.length === 0 && !link && !confidence && !provider && !tags?.length;
  return (
    <>
      {resolvedBy ? (
        <MessageBar intent="info" style={{ marginTop: 12 }} layout="multiline">
          <MessageBarBody>
            The tuning rule “{visibleText(resolvedBy.name)}” resolved it at its creation
            {resolvedBy.comment ? `: ${visibleText(resolvedBy.comment)}` : '.'}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {extras.backfilled ? (
        <MessageBar intent="info" style={{ marginTop: 12 }}>
          <MessageBarBody>Found in rows that were stored before the rule looked at them.</MessageBarBody>
        </MessageBar>
      ) : null}
      {extras.overflow ? (
        <MessageBar intent="warning" style={{ marginTop: 12 }}>
          <MessageBarBody>Stands for findings beyond what one rule may raise at once.</MessageBarBody>
        </MessageBar>
      ) : null}
      {nothing ? null : (
        <PaneSection title="Details">
          <Facts
            rows={[
              ...details.map(([name, values]) => ({
                label: visibleText(name),
                value: values.map(visibleText).join(', '),
              })),
              confidence !== undefined && { label: 'Confidence', value: visibleText(confidence) },
              provider !== undefined && { label: 'Provider', value: visibleText(provider) },
              tags !== undefined &&
                tags.length > 0 && {
                  label: 'Tags',
                  value: tags.map((tag) => <Tag key={tag}>{visibleText(tag)}</Tag>),
                },
              link !== undefined && {
                label: 'Link',
                value: (
                  <a href={link} target="_blank" rel="noreferrer noopener">
                    {visibleText(link)}
                  </a>
                ),
              },
            ]}
          />
        </PaneSection>
      )}
    </>
  );
}
