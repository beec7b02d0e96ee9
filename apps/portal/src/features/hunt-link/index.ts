export { HuntLink, type HuntLinkProps } from './HuntLink.tsx';
export { decodeQuery, encodeQuery, type HuntLinkState, huntHref, readHuntAddress } from './share-link.ts';
