import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/queryClient.ts';
import { Notifier } from './components/Notifier.tsx';
import { createAppRouter } from './routes.tsx';
import { AppearanceProvider } from './theme/Appearance.tsx';
import './theme/global.css';

const client = createQueryClient();
const router = createAppRouter(client);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <AppearanceProvider>
        <Notifier />
        <RouterProvider router={router} />
      </AppearanceProvider>
    </QueryClientProvider>
  </StrictMode>,
);
