export { ConsentPage } from './ConsentPage.tsx';
export { DevicePage } from './DevicePage.tsx';
export { SetupPage } from './SetupPage.tsx';
export { SignInPage } from './SignInPage.tsx';
export { SignOutPage } from './SignOutPage.tsx';
