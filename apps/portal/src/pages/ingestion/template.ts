/** Where a new connector starts: small, complete, and running as it is. */
export const CONNECTOR_TEMPLATE = `# A connector says which records are its own and which rows of the hunting tables they become.
id: example-product
title: Example product
vendor: Example
description: Sign-ins of the example product.
docs: https://example.com/log-format

# The records it takes, told by what they hold.
match: isnotempty(RawEventData.eventType) and isnotempty(RawEventData.actor.login)

# Columns the outputs share.
prepare: |
  extend
      EventTimeText = tostring(RawEventData.published),
      Actor = tolower(tostring(RawEventData.actor.login))

# The prepared column with the time of the event.
time: EventTimeText

outputs:
  - table: CloudAppEvents
    when: isnotempty(Actor)
    transform: |
      project
          Timestamp = EventTime,
          Application = "Example product",
          ActionType = tostring(RawEventData.eventType),
          AccountId = Actor,
          IPAddress = tostring(RawEventData.client.ip),
          RawEventData

samples:
  - name: somebody signs in
    event: { eventType: user.login, published: '2026-05-06T10:00:00Z', actor: { login: Ada }, client: { ip: 198.51.100.7 } }
    rows:
      CloudAppEvents:
        - { ActionType: user.login, AccountId: ada }
`;

/** Pasted beside the template, so that the first try shows something. */
export const TEMPLATE_RECORD = `{"eventType":"user.login","published":"2026-05-06T10:00:00Z","actor":{"login":"Ada"},"client":{"ip":"198.51.100.7","agent":"curl"}}`;
