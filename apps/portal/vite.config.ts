import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` listens; the dev server hands it everything that is not a page. */
const SERVER = process.env.PARAPET_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The Kusto and Monaco workers are ES modules.
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    // Inlined data: URLs would need a wider Content-Security-Policy than 'self'.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the big libraries share with everyone must not drag them into the first page.
          includeDependenciesRecursively: false,
          groups: [
            { name: 'preload', test: /vite[\\/]preload-helper/, priority: 100 },
            // With what they need themselves: a library that imports from a page's chunk makes a circle.
            {
              name: 'monaco',
              test: /node_modules[\\/](monaco-editor|@kusto|vscode-languageserver-types|xregexp|lodash-es)[\\/]/,
              priority: 40,
            },
            { name: 'echarts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 30 },
            {
              name: 'graph',
              test: /node_modules[\\/](@xyflow|@dagrejs|d3-[a-z]+|classcat|zustand)[\\/]/,
              priority: 30,
            },
            { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 20 },
          ],
        },
      },
    },
  },
  optimizeDeps: {
    // Deep imports found late would make the dev server reload half-way through a page.
    include: [
      'monaco-editor/esm/vs/editor/edcore.main',
      '@kusto/monaco-kusto',
      '@kusto/monaco-kusto/release/esm/commandHighlighter',
      '@kusto/monaco-kusto/release/esm/languageFeatures',
    ],
  },
  server: {
    port: 5173,
    proxy: { '/api': SERVER, '/healthz': SERVER, '/readyz': SERVER },
  },
});
