/**
 * ATT&CK Enterprise 18.1: technique ids with their tactics and names, and the ids that are gone with what took their place.
 * © 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.
 */

/** `<number> <tactic letters> <name>`, one a line. */
export const TECHNIQUE_LINES = `
1001 m Data Obfuscation
1001.001 m Junk Data
1001.002 m Steganography
1001.003 m Protocol or Service Impersonation
1003 c OS Credential Dumping
1003.001 c LSASS Memory
1003.002 c Security Account Manager
1003.003 c NTDS
1003.004 c LSA Secrets
1003.005 c Cached Domain Credentials
1003.006 c DCSync
1003.007 c Proc Filesystem
1003.008 c /etc/passwd and /etc/shadow
1005 o Data from Local System
1006 e Direct Volume Access
1007 y System Service Discovery
1008 m Fallback Channels
1010 y Application Window Discovery
1011 f Exfiltration Over Other Network Medium
1011.001 f Exfiltration Over Bluetooth
1012 y Query Registry
1014 e Rootkit
1016 y System Network Configuration Discovery
1016.001 y Internet Connection Discovery
1016.002 y Wi-Fi Discovery
1018 y Remote System Discovery
1020 f Automated Exfiltration
1020.001 f Traffic Duplication
1021 l Remote Services
1021.001 l Remote Desktop Protocol
1021.002 l SMB/Windows Admin Shares
1021.003 l Distributed Component Object Model
1021.004 l SSH
1021.005 l VNC
1021.006 l Windows Remote Management
1021.007 l Cloud Services
1021.008 l Direct Cloud VM Connections
1025 o Data from Removable Media
1027 e Obfuscated Files or Information
1027.001 e Binary Padding
1027.002 e Software Packing
1027.003 e Steganography
1027.004 e Compile After Delivery
1027.005 e Indicator Removal from Tools
1027.006 e HTML Smuggling
1027.007 e Dynamic API Resolution
1027.008 e Stripped Payloads
1027.009 e Embedded Payloads
1027.010 e Command Obfuscation
1027.011 e Fileless Storage
1027.012 e LNK Icon Smuggling
1027.013 e Encrypted/Encoded File
1027.014 e Polymorphic Code
1027.015 e Compression
1027.016 e Junk Code Insertion
1027.017 e SVG Smuggling
1029 f Scheduled Transfer
1030 f Data Transfer Size Limits
1033 y System Owner/User Discovery
1036 e Masquerading
1036.001 e Invalid Code Signature
1036.002 e Right-to-Left Override
1036.003 e Rename Legitimate Utilities
1036.004 e Masquerade Task or Service
1036.005 e Match Legitimate Resource Name or Location
1036.006 e Space after Filename
1036.007 e Double File Extension
1036.008 e Masquerade File Type
1036.009 e Break Process Trees
1036.010 e Masquerade Account Name
1036.011 e Overwrite Process Arguments
1036.012 e Browser Fingerprint
1037 pv Boot or Logon Initialization Scripts
1037.001 pv Logon Script (Windows)
1037.002 pv Login Hook
1037.003 pv Network Logon Script
1037.004 pv RC Scripts
1037.005 pv Startup Items
1039 o Data from Network Shared Drive
1040 cy Network Sniffing
1041 f Exfiltration Over C2 Channel
1046 y Network Service Discovery
1047 x Windows Management Instrumentation
1048 f Exfiltration Over Alternative Protocol
1048.001 f Exfiltration Over Symmetric Encrypted Non-C2 Protocol
1048.002 f Exfiltration Over Asymmetric Encrypted Non-C2 Protocol
1048.003 f Exfiltration Over Unencrypted Non-C2 Protocol
1049 y System Network Connections Discovery
1052 f Exfiltration Over Physical Medium
1052.001 f Exfiltration over USB
1053 pvx Scheduled Task/Job
1053.002 pvx At
1053.003 pvx Cron
1053.005 pvx Scheduled Task
1053.006 pvx Systemd Timers
1053.007 pvx Container Orchestration Job
1055 ev Process Injection
1055.001 ev Dynamic-link Library Injection
1055.002 ev Portable Executable Injection
1055.003 ev Thread Execution Hijacking
1055.004 ev Asynchronous Procedure Call
1055.005 ev Thread Local Storage
1055.008 ev Ptrace System Calls
1055.009 ev Proc Memory
1055.011 ev Extra Window Memory Injection
1055.012 ev Process Hollowing
1055.013 ev Process Doppelgänging
1055.014 ev VDSO Hijacking
1055.015 ev ListPlanting
1056 co Input Capture
1056.001 co Keylogging
1056.002 co GUI Input Capture
1056.003 co Web Portal Capture
1056.004 co Credential API Hooking
1057 y Process Discovery
1059 x Command and Scripting Interpreter
1059.001 x PowerShell
1059.002 x AppleScript
1059.003 x Windows Command Shell
1059.004 x Unix Shell
1059.005 x Visual Basic
1059.006 x Python
1059.007 x JavaScript
1059.008 x Network Device CLI
1059.009 x Cloud API
1059.010 x AutoHotKey & AutoIT
1059.011 x Lua
1059.012 x Hypervisor CLI
1059.013 x Container CLI/API
1068 v Exploitation for Privilege Escalation
1069 y Permission Groups Discovery
1069.001 y Local Groups
1069.002 y Domain Groups
1069.003 y Cloud Groups
1070 e Indicator Removal
1070.001 e Clear Windows Event Logs
1070.002 e Clear Linux or Mac System Logs
1070.003 e Clear Command History
1070.004 e File Deletion
1070.005 e Network Share Connection Removal
1070.006 e Timestomp
1070.007 e Clear Network Connection History and Configurations
1070.008 e Clear Mailbox Data
1070.009 e Clear Persistence
1070.010 e Relocate Malware
1071 m Application Layer Protocol
1071.001 m Web Protocols
1071.002 m File Transfer Protocols
1071.003 m Mail Protocols
1071.004 m DNS
1071.005 m Publish/Subscribe Protocols
1072 lx Software Deployment Tools
1074 o Data Staged
1074.001 o Local Data Staging
1074.002 o Remote Data Staging
1078 eipv Valid Accounts
1078.001 eipv Default Accounts
1078.002 eipv Domain Accounts
1078.003 eipv Local Accounts
1078.004 eipv Cloud Accounts
1080 l Taint Shared Content
1082 y System Information Discovery
1083 y File and Directory Discovery
1087 y Account Discovery
1087.001 y Local Account
1087.002 y Domain Account
1087.003 y Email Account
1087.004 y Cloud Account
1090 m Proxy
1090.001 m Internal Proxy
1090.002 m External Proxy
1090.003 m Multi-hop Proxy
1090.004 m Domain Fronting
1091 il Replication Through Removable Media
1092 m Communication Through Removable Media
1095 m Non-Application Layer Protocol
1098 pv Account Manipulation
1098.001 pv Additional Cloud Credentials
1098.002 pv Additional Email Delegate Permissions
1098.003 pv Additional Cloud Roles
1098.004 pv SSH Authorized Keys
1098.005 pv Device Registration
1098.006 pv Additional Container Cluster Roles
1098.007 pv Additional Local or Domain Groups
1102 m Web Service
1102.001 m Dead Drop Resolver
1102.002 m Bidirectional Communication
1102.003 m One-Way Communication
1104 m Multi-Stage Channels
1105 m Ingress Tool Transfer
1106 x Native API
1110 c Brute Force
1110.001 c Password Guessing
1110.002 c Password Cracking
1110.003 c Password Spraying
1110.004 c Credential Stuffing
1111 c Multi-Factor Authentication Interception
1112 ep Modify Registry
1113 o Screen Capture
1114 o Email Collection
1114.001 o Local Email Collection
1114.002 o Remote Email Collection
1114.003 o Email Forwarding Rule
1115 o Clipboard Data
1119 o Automated Collection
1120 y Peripheral Device Discovery
1123 o Audio Capture
1124 y System Time Discovery
1125 o Video Capture
1127 e Trusted Developer Utilities Proxy Execution
1127.001 e MSBuild
1127.002 e ClickOnce
1127.003 e JamPlus
1129 x Shared Modules
1132 m Data Encoding
1132.001 m Standard Encoding
1132.002 m Non-Standard Encoding
1133 ip External Remote Services
1134 ev Access Token Manipulation
1134.001 ev Token Impersonation/Theft
1134.002 ev Create Process with Token
1134.003 ev Make and Impersonate Token
1134.004 ev Parent PID Spoofing
1134.005 ev SID-History Injection
1135 y Network Share Discovery
1136 p Create Account
1136.001 p Local Account
1136.002 p Domain Account
1136.003 p Cloud Account
1137 p Office Application Startup
1137.001 p Office Template Macros
1137.002 p Office Test
1137.003 p Outlook Forms
1137.004 p Outlook Home Page
1137.005 p Outlook Rules
1137.006 p Add-ins
1140 e Deobfuscate/Decode Files or Information
1176 p Software Extensions
1176.001 p Browser Extensions
1176.002 p IDE Extensions
1185 o Browser Session Hijacking
1187 c Forced Authentication
1189 i Drive-by Compromise
1190 i Exploit Public-Facing Application
1195 i Supply Chain Compromise
1195.001 i Compromise Software Dependencies and Development Tools
1195.002 i Compromise Software Supply Chain
1195.003 i Compromise Hardware Supply Chain
1197 ep BITS Jobs
1199 i Trusted Relationship
1200 i Hardware Additions
1201 y Password Policy Discovery
1202 e Indirect Command Execution
1203 x Exploitation for Client Execution
1204 x User Execution
1204.001 x Malicious Link
1204.002 x Malicious File
1204.003 x Malicious Image
1204.004 x Malicious Copy and Paste
1204.005 x Malicious Library
1205 emp Traffic Signaling
1205.001 emp Port Knocking
1205.002 emp Socket Filters
1207 e Rogue Domain Controller
1210 l Exploitation of Remote Services
1211 e Exploitation for Defense Evasion
1212 c Exploitation for Credential Access
1213 o Data from Information Repositories
1213.001 o Confluence
1213.002 o Sharepoint
1213.003 o Code Repositories
1213.004 o Customer Relationship Management Software
1213.005 o Messaging Applications
1213.006 o Databases
1216 e System Script Proxy Execution
1216.001 e PubPrn
1216.002 e SyncAppvPublishingServer
1217 y Browser Information Discovery
1218 e System Binary Proxy Execution
1218.001 e Compiled HTML File
1218.002 e Control Panel
1218.003 e CMSTP
1218.004 e InstallUtil
1218.005 e Mshta
1218.007 e Msiexec
1218.008 e Odbcconf
1218.009 e Regsvcs/Regasm
1218.010 e Regsvr32
1218.011 e Rundll32
1218.012 e Verclsid
1218.013 e Mavinject
1218.014 e MMC
1218.015 e Electron Applications
1219 m Remote Access Tools
1219.001 m IDE Tunneling
1219.002 m Remote Desktop Software
1219.003 m Remote Access Hardware
1220 e XSL Script Processing
1221 e Template Injection
1222 e File and Directory Permissions Modification
1222.001 e Windows File and Directory Permissions Modification
1222.002 e Linux and Mac File and Directory Permissions Modification
1480 e Execution Guardrails
1480.001 e Environmental Keying
1480.002 e Mutual Exclusion
1482 y Domain Trust Discovery
1484 ev Domain or Tenant Policy Modification
1484.001 ev Group Policy Modification
1484.002 ev Trust Modification
1485 t Data Destruction
1485.001 t Lifecycle-Triggered Deletion
1486 t Data Encrypted for Impact
1489 t Service Stop
1490 t Inhibit System Recovery
1491 t Defacement
1491.001 t Internal Defacement
1491.002 t External Defacement
1495 t Firmware Corruption
1496 t Resource Hijacking
1496.001 t Compute Hijacking
1496.002 t Bandwidth Hijacking
1496.003 t SMS Pumping
1496.004 t Cloud Service Hijacking
1497 ey Virtualization/Sandbox Evasion
1497.001 ey System Checks
1497.002 ey User Activity Based Checks
1497.003 ey Time Based Checks
1498 t Network Denial of Service
1498.001 t Direct Network Flood
1498.002 t Reflection Amplification
1499 t Endpoint Denial of Service
1499.001 t OS Exhaustion Flood
1499.002 t Service Exhaustion Flood
1499.003 t Application Exhaustion Flood
1499.004 t Application or System Exploitation
1505 p Server Software Component
1505.001 p SQL Stored Procedures
1505.002 p Transport Agent
1505.003 p Web Shell
1505.004 p IIS Components
1505.005 p Terminal Services DLL
1505.006 p vSphere Installation Bundles
1518 y Software Discovery
1518.001 y Security Software Discovery
1518.002 y Backup Software Discovery
1525 p Implant Internal Image
1526 y Cloud Service Discovery
1528 c Steal Application Access Token
1529 t System Shutdown/Reboot
1530 o Data from Cloud Storage
1531 t Account Access Removal
1534 l Internal Spearphishing
1535 e Unused/Unsupported Cloud Regions
1537 f Transfer Data to Cloud Account
1538 y Cloud Service Dashboard
1539 c Steal Web Session Cookie
1542 ep Pre-OS Boot
1542.001 ep System Firmware
1542.002 ep Component Firmware
1542.003 ep Bootkit
1542.004 ep ROMMONkit
1542.005 ep TFTP Boot
1543 pv Create or Modify System Process
1543.001 pv Launch Agent
1543.002 pv Systemd Service
1543.003 pv Windows Service
1543.004 pv Launch Daemon
1543.005 pv Container Service
1546 pv Event Triggered Execution
1546.001 pv Change Default File Association
1546.002 pv Screensaver
1546.003 pv Windows Management Instrumentation Event Subscription
1546.004 pv Unix Shell Configuration Modification
1546.005 pv Trap
1546.006 pv LC_LOAD_DYLIB Addition
1546.007 pv Netsh Helper DLL
1546.008 pv Accessibility Features
1546.009 pv AppCert DLLs
1546.010 pv AppInit DLLs
1546.011 pv Application Shimming
1546.012 pv Image File Execution Options Injection
1546.013 pv PowerShell Profile
1546.014 pv Emond
1546.015 pv Component Object Model Hijacking
1546.016 pv Installer Packages
1546.017 pv Udev Rules
1546.018 pv Python Startup Hooks
1547 pv Boot or Logon Autostart Execution
1547.001 pv Registry Run Keys / Startup Folder
1547.002 pv Authentication Package
1547.003 pv Time Providers
1547.004 pv Winlogon Helper DLL
1547.005 pv Security Support Provider
1547.006 pv Kernel Modules and Extensions
1547.007 pv Re-opened Applications
1547.008 pv LSASS Driver
1547.009 pv Shortcut Modification
1547.010 pv Port Monitors
1547.012 pv Print Processors
1547.013 pv XDG Autostart Entries
1547.014 pv Active Setup
1547.015 pv Login Items
1548 ev Abuse Elevation Control Mechanism
1548.001 ev Setuid and Setgid
1548.002 ev Bypass User Account Control
1548.003 ev Sudo and Sudo Caching
1548.004 ev Elevated Execution with Prompt
1548.005 ev Temporary Elevated Cloud Access
1548.006 ev TCC Manipulation
1550 el Use Alternate Authentication Material
1550.001 el Application Access Token
1550.002 el Pass the Hash
1550.003 el Pass the Ticket
1550.004 el Web Session Cookie
1552 c Unsecured Credentials
1552.001 c Credentials In Files
1552.002 c Credentials in Registry
1552.003 c Shell History
1552.004 c Private Keys
1552.005 c Cloud Instance Metadata API
1552.006 c Group Policy Preferences
1552.007 c Container API
1552.008 c Chat Messages
1553 e Subvert Trust Controls
1553.001 e Gatekeeper Bypass
1553.002 e Code Signing
1553.003 e SIP and Trust Provider Hijacking
1553.004 e Install Root Certificate
1553.005 e Mark-of-the-Web Bypass
1553.006 e Code Signing Policy Modification
1554 p Compromise Host Software Binary
1555 c Credentials from Password Stores
1555.001 c Keychain
1555.002 c Securityd Memory
1555.003 c Credentials from Web Browsers
1555.004 c Windows Credential Manager
1555.005 c Password Managers
1555.006 c Cloud Secrets Management Stores
1556 cep Modify Authentication Process
1556.001 cep Domain Controller Authentication
1556.002 cep Password Filter DLL
1556.003 cep Pluggable Authentication Modules
1556.004 cep Network Device Authentication
1556.005 cep Reversible Encryption
1556.006 cep Multi-Factor Authentication
1556.007 cep Hybrid Identity
1556.008 cep Network Provider DLL
1556.009 cep Conditional Access Policies
1557 co Adversary-in-the-Middle
1557.001 co LLMNR/NBT-NS Poisoning and SMB Relay
1557.002 co ARP Cache Poisoning
1557.003 co DHCP Spoofing
1557.004 co Evil Twin
1558 c Steal or Forge Kerberos Tickets
1558.001 c Golden Ticket
1558.002 c Silver Ticket
1558.003 c Kerberoasting
1558.004 c AS-REP Roasting
1558.005 c Ccache Files
1559 x Inter-Process Communication
1559.001 x Component Object Model
1559.002 x Dynamic Data Exchange
1559.003 x XPC Services
1560 o Archive Collected Data
1560.001 o Archive via Utility
1560.002 o Archive via Library
1560.003 o Archive via Custom Method
1561 t Disk Wipe
1561.001 t Disk Content Wipe
1561.002 t Disk Structure Wipe
1562 e Impair Defenses
1562.001 e Disable or Modify Tools
1562.002 e Disable Windows Event Logging
1562.003 e Impair Command History Logging
1562.004 e Disable or Modify System Firewall
1562.006 e Indicator Blocking
1562.007 e Disable or Modify Cloud Firewall
1562.008 e Disable or Modify Cloud Logs
1562.009 e Safe Mode Boot
1562.010 e Downgrade Attack
1562.011 e Spoof Security Alerting
1562.012 e Disable or Modify Linux Audit System
1562.013 e Disable or Modify Network Device Firewall
1563 l Remote Service Session Hijacking
1563.001 l SSH Hijacking
1563.002 l RDP Hijacking
1564 e Hide Artifacts
1564.001 e Hidden Files and Directories
1564.002 e Hidden Users
1564.003 e Hidden Window
1564.004 e NTFS File Attributes
1564.005 e Hidden File System
1564.006 e Run Virtual Instance
1564.007 e VBA Stomping
1564.008 e Email Hiding Rules
1564.009 e Resource Forking
1564.010 e Process Argument Spoofing
1564.011 e Ignore Process Interrupts
1564.012 e File/Path Exclusions
1564.013 e Bind Mounts
1564.014 e Extended Attributes
1565 t Data Manipulation
1565.001 t Stored Data Manipulation
1565.002 t Transmitted Data Manipulation
1565.003 t Runtime Data Manipulation
1566 i Phishing
1566.001 i Spearphishing Attachment
1566.002 i Spearphishing Link
1566.003 i Spearphishing via Service
1566.004 i Spearphishing Voice
1567 f Exfiltration Over Web Service
1567.001 f Exfiltration to Code Repository
1567.002 f Exfiltration to Cloud Storage
1567.003 f Exfiltration to Text Storage Sites
1567.004 f Exfiltration Over Webhook
1568 m Dynamic Resolution
1568.001 m Fast Flux DNS
1568.002 m Domain Generation Algorithms
1568.003 m DNS Calculation
1569 x System Services
1569.001 x Launchctl
1569.002 x Service Execution
1569.003 x Systemctl
1570 l Lateral Tool Transfer
1571 m Non-Standard Port
1572 m Protocol Tunneling
1573 m Encrypted Channel
1573.001 m Symmetric Cryptography
1573.002 m Asymmetric Cryptography
1574 epv Hijack Execution Flow
1574.001 epv DLL
1574.004 epv Dylib Hijacking
1574.005 epv Executable Installer File Permissions Weakness
1574.006 epv Dynamic Linker Hijacking
1574.007 epv Path Interception by PATH Environment Variable
1574.008 epv Path Interception by Search Order Hijacking
1574.009 epv Path Interception by Unquoted Path
1574.010 epv Services File Permissions Weakness
1574.011 epv Services Registry Permissions Weakness
1574.012 epv COR_PROFILER
1574.013 epv KernelCallbackTable
1574.014 epv AppDomainManager
1578 e Modify Cloud Compute Infrastructure
1578.001 e Create Snapshot
1578.002 e Create Cloud Instance
1578.003 e Delete Cloud Instance
1578.004 e Revert Cloud Instance
1578.005 e Modify Cloud Compute Configurations
1580 y Cloud Infrastructure Discovery
1583 d Acquire Infrastructure
1583.001 d Domains
1583.002 d DNS Server
1583.003 d Virtual Private Server
1583.004 d Server
1583.005 d Botnet
1583.006 d Web Services
1583.007 d Serverless
1583.008 d Malvertising
1584 d Compromise Infrastructure
1584.001 d Domains
1584.002 d DNS Server
1584.003 d Virtual Private Server
1584.004 d Server
1584.005 d Botnet
1584.006 d Web Services
1584.007 d Serverless
1584.008 d Network Devices
1585 d Establish Accounts
1585.001 d Social Media Accounts
1585.002 d Email Accounts
1585.003 d Cloud Accounts
1586 d Compromise Accounts
1586.001 d Social Media Accounts
1586.002 d Email Accounts
1586.003 d Cloud Accounts
1587 d Develop Capabilities
1587.001 d Malware
1587.002 d Code Signing Certificates
1587.003 d Digital Certificates
1587.004 d Exploits
1588 d Obtain Capabilities
1588.001 d Malware
1588.002 d Tool
1588.003 d Code Signing Certificates
1588.004 d Digital Certificates
1588.005 d Exploits
1588.006 d Vulnerabilities
1588.007 d Artificial Intelligence
1589 r Gather Victim Identity Information
1589.001 r Credentials
1589.002 r Email Addresses
1589.003 r Employee Names
1590 r Gather Victim Network Information
1590.001 r Domain Properties
1590.002 r DNS
1590.003 r Network Trust Dependencies
1590.004 r Network Topology
1590.005 r IP Addresses
1590.006 r Network Security Appliances
1591 r Gather Victim Org Information
1591.001 r Determine Physical Locations
1591.002 r Business Relationships
1591.003 r Identify Business Tempo
1591.004 r Identify Roles
1592 r Gather Victim Host Information
1592.001 r Hardware
1592.002 r Software
1592.003 r Firmware
1592.004 r Client Configurations
1593 r Search Open Websites/Domains
1593.001 r Social Media
1593.002 r Search Engines
1593.003 r Code Repositories
1594 r Search Victim-Owned Websites
1595 r Active Scanning
1595.001 r Scanning IP Blocks
1595.002 r Vulnerability Scanning
1595.003 r Wordlist Scanning
1596 r Search Open Technical Databases
1596.001 r DNS/Passive DNS
1596.002 r WHOIS
1596.003 r Digital Certificates
1596.004 r CDNs
1596.005 r Scan Databases
1597 r Search Closed Sources
1597.001 r Threat Intel Vendors
1597.002 r Purchase Technical Data
1598 r Phishing for Information
1598.001 r Spearphishing Service
1598.002 r Spearphishing Attachment
1598.003 r Spearphishing Link
1598.004 r Spearphishing Voice
1599 e Network Boundary Bridging
1599.001 e Network Address Translation Traversal
1600 e Weaken Encryption
1600.001 e Reduce Key Space
1600.002 e Disable Crypto Hardware
1601 e Modify System Image
1601.001 e Patch System Image
1601.002 e Downgrade System Image
1602 o Data from Configuration Repository
1602.001 o SNMP (MIB Dump)
1602.002 o Network Device Configuration Dump
1606 c Forge Web Credentials
1606.001 c Web Cookies
1606.002 c SAML Tokens
1608 d Stage Capabilities
1608.001 d Upload Malware
1608.002 d Upload Tool
1608.003 d Install Digital Certificate
1608.004 d Drive-by Target
1608.005 d Link Target
1608.006 d SEO Poisoning
1609 x Container Administration Command
1610 ex Deploy Container
1611 v Escape to Host
1612 e Build Image on Host
1613 y Container and Resource Discovery
1614 y System Location Discovery
1614.001 y System Language Discovery
1615 y Group Policy Discovery
1619 y Cloud Storage Object Discovery
1620 e Reflective Code Loading
1621 c Multi-Factor Authentication Request Generation
1622 ey Debugger Evasion
1647 e Plist File Modification
1648 x Serverless Execution
1649 c Steal or Forge Authentication Certificates
1650 d Acquire Access
1651 x Cloud Administration Command
1652 y Device Driver Discovery
1653 p Power Settings
1654 y Log Enumeration
1656 e Impersonation
1657 t Financial Theft
1659 im Content Injection
1665 m Hide Infrastructure
1666 e Modify Cloud Resource Hierarchy
1667 t Email Bombing
1668 p Exclusive Control
1669 i Wi-Fi Networks
1671 p Cloud Application Integration
1672 e Email Spoofing
1673 y Virtual Machine Discovery
1674 x Input Injection
1675 x ESXi Administration Command
1677 x Poisoned Pipeline Execution
1678 e Delay Execution
1679 e Selective Exclusion
1680 y Local Storage Discovery
1681 r Search Threat Vendor Data
`;

/** `<number>` or `<number>:<number that took its place>`, separated by blanks. */
export const GONE_TECHNIQUES =
  '1002:1560 1004:1547.004 1009:1027.001 1013:1547.010 1015:1546.008 1017:1072 1019:1542.001 1022:1560 1023:1547.009 1024:1573 1026 1028:1021.006 1031:1543.003 1032:1573 1034 1035:1569.002 1038:1574.001 1042:1546.001 1043 1044:1574.010 1045:1027.002 1050:1543.003 1051 1053.001:1053.002 1053.004 1054:1562.006 1058:1574.011 1060:1547.001 1061 1062 1063:1518.001 1064 1065:1571 1066:1027.005 1067:1542.003 1073:1574.002 1075:1550.002 1076:1021.001 1077:1021.002 1079:1573 1081:1552.001 1084:1546.003 1085:1218.011 1086:1059.001 1088:1548.002 1089:1562.001 1093:1055.012 1094:1095 1096:1564.004 1097:1550.003 1099:1070.006 1100:1505.003 1101:1547.005 1103:1546.010 1107:1070.004 1108 1109:1542.002 1116:1553.002 1117:1218.010 1118:1218.004 1121:1218.009 1122:1546.015 1126:1070.005 1128:1546.007 1130:1553.004 1131:1547.002 1138:1546.011 1139:1552.003 1141:1056.002 1142:1555.001 1143:1564.003 1144:1553.001 1145:1552.004 1146:1070.003 1147:1564.002 1148:1562.003 1149 1150:1547.011 1151:1036.006 1152:1569.001 1153 1154:1546.005 1155:1059.002 1156:1546.004 1157:1574.004 1158:1564.001 1159:1543.001 1160:1543.004 1161:1546.006 1162:1547.011 1163:1037.004 1164:1547.007 1165:1037.005 1166:1548.001 1167:1555.002 1168:1053 1169:1548.003 1170:1218.005 1171:1557.001 1172:1090.004 1173:1559.002 1174:1556.002 1175 1177:1547.008 1178:1134.005 1179:1056.004 1180:1546.002 1181:1055.011 1182:1546.009 1183:1546.012 1184:1563.001 1186:1055.013 1188:1090.003 1191:1218.003 1192:1566.002 1193:1566.001 1194:1566.003 1196:1218.002 1198:1553.003 1206:1548.003 1208:1558.003 1209:1547.003 1214:1552.002 1215:1547.006 1223:1218.001 1483:1568.002 1487:1561.002 1488:1561.001 1492:1565.001 1493:1565.002 1494:1565.003 1500:1027.004 1501:1543.002 1502:1134.004 1503:1555.003 1504:1546.013 1506:1550.004 1514:1548.004 1519:1546.014 1522:1552.005 1527:1550.001 1536:1578.004 1547.011:1647 1574.002:1574.001';
