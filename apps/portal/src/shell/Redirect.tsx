import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { PageSkeleton } from './Skeletons.tsx';

/** Goes to another address once, in place of the present one, and shows the shape of a page meanwhile. */
export function Redirect({ href }: { readonly href: string }) {
  const router = useRouter();
  const target = useRef(href);
  useEffect(() => {
    router.history.replace(target.current);
  }, [router]);
  return <PageSkeleton />;
}
