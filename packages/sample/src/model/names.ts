/** Word lists from which the organisation is drawn. */

export const GIVEN_NAMES =
  `Alma Anton Asha Bela Bianca Bruno Carla Cedric Chidi Clara Dalia Damian Daria Edwin Elif Elena Emeka Esther Fabian
Farah Felix Fiona Gemma Goran Greta Hamid Hana Henrik Ida Igor Imani Ines Ivan Jana Jasper Joel Jonas Kamal Karin Kenji Kira Lars Leila Lena
Lorenzo Luca Lydia Maeve Malik Marek Marta Mateo Mei Milan Mina Nadia Nils Nora Odette Olga Omar Oscar Paola Pavel Petra Priya Quentin Rafael
Renata Rhea Robin Rosa Ruben Sacha Salma Samir Selma Silvio Sofia Stefan Tariq Tessa Theo Tilda Tomas Uma Ursula Vera Viktor Wanda Wiktor Yara
Yusuf Zara Zeno Zoltan`.split(/\s+/);

export const SURNAMES =
  `Abara Adler Akande Almeida Amrani Balint Banerjee Barlow Becker Bergen Bianchi Brandt Carver Castell Chandra Cho
Colombo Corrigan Dahl Danso Dekker Dorsey Duarte Eklund Ellery Endo Farkas Ferrand Fischer Fonseca Galloway Gentile Grahn Haddad Halloran
Hartono Hassan Heikkinen Holm Hrubik Ibarra Ilic Ismail Jansen Jarvela Kaplan Keller Kimura Kolar Kovacs Kruger Lachance Larsen Lindqvist Lobo
Madsen Mahler Marchetti Mbeki Mercer Moreau Nakata Navarro Nemeth Novak Nyberg Obi Okafor Olsen Ortega Osei Pavlik Pereira Petrov Quist Radic
Rahman Ribeiro Rossi Saito Salazar Schmid Serrano Silva Sorensen Szabo Takeda Tamm Thorne Tordoff Ueda Vance Varga Vidal Wallin Weber Winther
Yilmaz Zeman Zielinski`.split(/\s+/);

/** Department, head count and the titles found in it. */
export const DEPARTMENTS: readonly { name: string; size: number; titles: readonly string[] }[] = [
  {
    name: 'Finance',
    size: 13,
    titles: ['Accounts Payable Clerk', 'Management Accountant', 'Payroll Specialist', 'Finance Director', 'Controller'],
  },
  {
    name: 'Operations',
    size: 20,
    titles: ['Production Planner', 'Shift Supervisor', 'Logistics Coordinator', 'Plant Manager', 'Quality Inspector'],
  },
  {
    name: 'Sales',
    size: 16,
    titles: ['Account Manager', 'Sales Engineer', 'Regional Sales Lead', 'Order Desk Agent'],
  },
  {
    name: 'Engineering',
    size: 18,
    titles: ['Design Engineer', 'Software Engineer', 'Platform Engineer', 'Test Engineer', 'Engineering Manager'],
  },
  { name: 'People', size: 7, titles: ['HR Partner', 'Recruiter', 'HR Director'] },
  { name: 'Legal', size: 4, titles: ['Counsel', 'Contracts Manager'] },
  {
    name: 'IT',
    size: 9,
    titles: ['Systems Administrator', 'Service Desk Analyst', 'Network Engineer', 'IT Manager'],
  },
  { name: 'Executive', size: 3, titles: ['Chief Executive', 'Chief Operating Officer', 'Executive Assistant'] },
];

/** First and second halves of invented internet names; joined and put under `.example`. */
export const SITE_WORDS = [
  ['atlas', 'bright', 'civic', 'delta', 'ember', 'fable', 'grove', 'helio', 'indigo', 'juniper', 'kestrel', 'lumen'],
  ['news', 'mail', 'maps', 'docs', 'shop', 'bank', 'travel', 'parts', 'forum', 'video', 'weather', 'trade'],
] as const;

export const DOCUMENT_WORDS = [
  ['Q3', 'Draft', 'Weekly', 'Final', 'Customer', 'Supplier', 'Project', 'Team', 'Site', 'Annual'],
  ['forecast', 'minutes', 'invoice', 'contract', 'plan', 'checklist', 'budget', 'report', 'quote', 'roster'],
] as const;
