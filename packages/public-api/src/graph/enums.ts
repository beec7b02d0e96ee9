/**
 * Enumerations of the published v1.0 description (namespace microsoft.graph.security), in its order: members after
 * `unknownFutureValue` are sent only to clients that ask for them.
 */
const list = (text: string): readonly string[] => text.trim().split(/[\s,]+/);

export const ENUMS = {
  alertSeverity: list('unknown informational low medium high unknownFutureValue'),
  alertStatus: list('unknown new inProgress resolved unknownFutureValue'),
  alertClassification: list('unknown falsePositive truePositive informationalExpectedActivity unknownFutureValue'),
  alertDetermination:
    list(`unknown apt malware securityPersonnel securityTesting unwantedSoftware other multiStagedAttack
    compromisedAccount phishing maliciousUserActivity notMalicious notEnoughDataToValidate confirmedActivity
    lineOfBusinessApplication unknownFutureValue`),
  serviceSource: list(`unknown microsoftDefenderForEndpoint microsoftDefenderForIdentity microsoftDefenderForCloudApps
    microsoftDefenderForOffice365 microsoft365Defender azureAdIdentityProtection microsoftAppGovernance dataLossPrevention
    unknownFutureValue microsoftDefenderForCloud microsoftSentinel microsoftInsiderRiskManagement
    microsoftThreatIntelligence microsoftSecurityForAI`),
  detectionSource:
    list(`unknown microsoftDefenderForEndpoint antivirus smartScreen customTi microsoftDefenderForOffice365
    automatedInvestigation microsoftThreatExperts customDetection microsoftDefenderForIdentity cloudAppSecurity
    microsoft365Defender azureAdIdentityProtection manual microsoftDataLossPrevention appGovernancePolicy
    appGovernanceDetection unknownFutureValue microsoftDefenderForCloud microsoftDefenderForIoT microsoftDefenderForServers
    microsoftDefenderForStorage microsoftDefenderForDNS microsoftDefenderForDatabases microsoftDefenderForContainers
    microsoftDefenderForNetwork microsoftDefenderForAppService microsoftDefenderForKeyVault
    microsoftDefenderForResourceManager microsoftDefenderForApiManagement nrtAlerts scheduledAlerts
    microsoftDefenderThreatIntelligenceAnalytics builtInMl microsoftInsiderRiskManagement microsoftThreatIntelligence
    microsoftDefenderForAIServices securityCopilot microsoftSentinel`),
  incidentStatus: list('active resolved inProgress redirected unknownFutureValue awaitingAction'),
  evidenceRole: list(`unknown contextual scanned source destination created added compromised edited attacked attacker
    commandAndControl loaded suspicious policyViolator unknownFutureValue`),
  evidenceVerdict: list('unknown suspicious malicious noThreatsFound unknownFutureValue'),
  evidenceRemediationStatus: list(`none remediated prevented blocked notFound unknownFutureValue active pendingApproval
    declined unremediated running partiallyRemediated`),
  correlationReason: list(`repeatedAlertOccurrence sameGeography similarArtifacts sameTargetedAsset sameNetworkSegment
    eventSequence timeFrame sameThreatSource similarTTPsOrBehavior sameActor sameCampaign sharedIndicators sameAsset
    networkProximity eventCasualSequence temporalProximity lateralMovementPath unknownFutureValue`),
} as const;

export type EnumName = keyof typeof ENUMS;

/**
 * A member as this caller may be sent it.
 * @param all whether the caller asked for members that came after `unknownFutureValue`
 */
export function wireMember(name: EnumName, value: string, all: boolean): string {
  const members = ENUMS[name];
  const at = members.indexOf(value);
  if (at < 0) return members.includes('unknown') ? 'unknown' : 'unknownFutureValue';
  return all || at <= members.indexOf('unknownFutureValue') ? value : 'unknownFutureValue';
}

/** A member written in any case, or undefined. */
export const enumMember = (name: EnumName, text: string): string | undefined =>
  ENUMS[name].find((each) => each.toLowerCase() === text.toLowerCase());
