/**
 * The functions that hunting adds to the language, written in it: what they say is computed from the organisation's own
 * telemetry. Hashes are compared in lower case, as devices report them.
 */
import type { StoredFunction } from '../types.ts';

const fileProfile: StoredFunction = {
  name: 'FileProfile',
  parameters: 'T:(*), FileHash:string = "SHA1", MaxFiles:long = 100',
  rowParameters: ['FileHash'],
  description:
    'Adds what the organisation knows of a file: on how many devices it was seen, first and last, who signed it and ' +
    'which threat was found in it. Takes the column of a SHA-1, SHA-256 or MD5 and the number of files to look up ' +
    '(1 to 1000).',
  body: `
let wanted = materialize(T
  | extend FileKey = tolower(FileHash)
  | where isnotempty(FileKey)
  | distinct FileKey
  | take MaxFiles);
let sightings = union isfuzzy=true
  (DeviceFileEvents | project Timestamp, DeviceId, SHA1, SHA256, MD5, FileSize, FileName, Company = "", Product = ""),
  (DeviceImageLoadEvents | project Timestamp, DeviceId, SHA1, SHA256, MD5, FileSize, FileName, Company = "", Product = ""),
  (DeviceProcessEvents | project Timestamp, DeviceId, SHA1, SHA256, MD5, FileSize, FileName,
     Company = ProcessVersionInfoCompanyName, Product = ProcessVersionInfoProductName)
  | where SHA1 in~ (wanted) or SHA256 in~ (wanted) or MD5 in~ (wanted)
  | extend FileKey = case(strlen(SHA1) > 0 and tolower(SHA1) in (wanted), tolower(SHA1),
      strlen(SHA256) > 0 and tolower(SHA256) in (wanted), tolower(SHA256), tolower(MD5))
  | summarize SHA1 = max(SHA1), SHA256 = max(SHA256), MD5 = max(MD5), FileSize = max(FileSize),
      GlobalPrevalence = dcount(DeviceId), GlobalFirstSeen = min(Timestamp), GlobalLastSeen = max(Timestamp),
      FileName = max(FileName), Publisher = max(Company), SoftwareName = max(Product) by FileKey;
let signatures = DeviceFileCertificateInfo
  | where isnotempty(SHA1)
  | summarize arg_max(Timestamp, IsSigned, IsTrusted, Signer, Issuer, SignerHash, IsRootSignerMicrosoft) by SHA1
  | project SignedHash = tolower(SHA1), IsSigned, IsTrusted, Signer, Issuer, SignerHash, IsRootSignerMicrosoft;
let threats = AlertEvidence
  | where isnotempty(ThreatFamily)
  | where SHA1 in~ (wanted) or SHA256 in~ (wanted)
  | extend FileKey = iff(tolower(SHA1) in (wanted), tolower(SHA1), tolower(SHA256))
  | summarize arg_max(Timestamp, ThreatFamily) by FileKey
  | project FileKey, ThreatName = ThreatFamily;
let profiles = sightings
  | extend SignedHash = tolower(SHA1)
  | join kind=leftouter signatures on SignedHash
  | join kind=leftouter threats on FileKey
  | project FileKey, SHA1, SHA256, MD5, FileSize, GlobalPrevalence = toint(GlobalPrevalence), GlobalFirstSeen,
      GlobalLastSeen, Signer, Issuer, SignerHash, IsCertificateValid = IsTrusted, IsRootSignerMicrosoft,
      SignatureState = case(isnull(IsSigned), "Unknown", not(IsSigned), "Unsigned", IsTrusted, "SignedValid", "SignedInvalid"),
      IsExecutable = FileName matches regex @"(?i)\\.(exe|dll|sys|scr|com|ocx|cpl|efi|drv|msi)$",
      ThreatName, Publisher, SoftwareName, ProfileAvailability = "Available";
T
| extend FileKey = tolower(FileHash)
| join kind=leftouter profiles on FileKey
| extend ProfileAvailability = iff(isempty(ProfileAvailability), "Missing", ProfileAvailability)
| project-away FileKey, FileKey1`,
};

const ADDRESSES = `let addresses = DeviceNetworkInfo
  | where isnotempty(IPAddresses)
  | mv-expand Address = parse_json(IPAddresses)
  | project SeenAt = Timestamp, AddressDevice = DeviceId, Address = tostring(Address.IPAddress)
  | where isnotempty(Address);`;

const deviceFromIp: StoredFunction = {
  name: 'DeviceFromIP',
  parameters: 'T:(*), IPAddress:string = "IP", At:datetime = datetime(null)',
  rowParameters: ['IPAddress', 'At'],
  description:
    'The devices that reported an address, newest report first. Takes the column of the address and, optionally, the ' +
    'time up to which reports count.',
  body: `
${ADDRESSES}
T
| project Address = tostring(IPAddress), Until = At
| distinct Address, Until
| join kind=inner addresses on Address
| where isnull(Until) or SeenAt <= Until
| summarize SeenAt = max(SeenAt) by IP = Address, DeviceId = AddressDevice
| sort by SeenAt desc
| project IP, DeviceId`,
};

const assignedIpAddresses: StoredFunction = {
  name: 'AssignedIPAddresses',
  parameters: 'Device:string, At:datetime = datetime(null)',
  description:
    'The addresses of a device, given by its id or name: those of its newest network report, or of the newest one up to ' +
    'a time.',
  body: `
DeviceNetworkInfo
| where DeviceId == Device or DeviceName =~ Device
| where isnull(At) or Timestamp <= At
| summarize arg_max(Timestamp, IPAddresses, NetworkAdapterType, ConnectedNetworks) by NetworkAdapterName
| mv-expand Address = parse_json(IPAddresses)
| project Timestamp, IPAddress = tostring(Address.IPAddress), IPType = tostring(Address.AddressType),
    NetworkAdapterType, ConnectedNetworks
| where isnotempty(IPAddress)`,
};

const seenBy: StoredFunction = {
  name: 'SeenBy',
  parameters: 'T:(*), Device:string = "DeviceId"',
  rowParameters: ['Device'],
  description:
    'Adds the devices that exchanged network traffic with each device, at most a hundred of them, as a list of ids.',
  body: `
let targets = materialize(T | project Target = tostring(Device) | where isnotempty(Target) | distinct Target);
${ADDRESSES}
let observers = DeviceNetworkEvents
  | where isnotempty(RemoteIP)
  | project Observer = DeviceId, Address = RemoteIP
  | join kind=inner (addresses | where AddressDevice in (targets) | distinct Address, AddressDevice) on Address
  | where Observer != AddressDevice
  | summarize SeenBy = make_set(Observer, 100) by ObservedDevice = AddressDevice;
T
| extend ObservedDevice = tostring(Device)
| join kind=leftouter observers on ObservedDevice
| project-away ObservedDevice, ObservedDevice1`,
};

/** Every built-in function of hunting. `_GetWatchlist` and its alias list read what the caller configures. */
export const HUNTING_FUNCTIONS: readonly StoredFunction[] = [fileProfile, deviceFromIp, assignedIpAddresses, seenBy];
