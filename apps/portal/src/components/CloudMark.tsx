import { makeStyles, tokens } from '@fluentui/react-components';
import type { Entity } from '@parapet/schema/wire';

const useStyles = makeStyles({
  mark: {
    flexShrink: 0,
    fontSize: tokens.fontSizeBase100,
    lineHeight: '14px',
    fontWeight: tokens.fontWeightSemibold,
    padding: '0 4px',
    borderRadius: tokens.borderRadiusSmall,
    border: `1px solid ${tokens.colorNeutralStrokeAccessible}`,
    color: tokens.colorNeutralForeground2,
  },
});

/** Azure, AWS or GCP, where an entity is of one of them. */
export function cloudOf(entity: Pick<Entity, 'type' | 'fields'>): string | undefined {
  const platform = entity.fields.cloudPlatform;
  if (!platform || !entity.type.startsWith('cloud')) return undefined;
  return /^(gcp|google)/i.test(platform)
    ? 'GCP'
    : /^(aws|amazon)/i.test(platform)
      ? 'AWS'
      : /^azure/i.test(platform)
        ? 'Azure'
        : platform;
}

/** The provider of a cloud resource in a word. */
export function CloudMark({ entity }: { readonly entity: Pick<Entity, 'type' | 'fields'> }) {
  const styles = useStyles();
  const cloud = cloudOf(entity);
  return cloud ? <span className={styles.mark}>{cloud}</span> : null;
}
