/** A problem a person caused and can mend; its text reaches them. */
export class HostError extends Error {}
