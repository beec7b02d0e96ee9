export { IncidentPage } from './IncidentPage.tsx';
export { IncidentsPage } from './IncidentsPage.tsx';
export { ReportPage } from './report/ReportPage.tsx';
