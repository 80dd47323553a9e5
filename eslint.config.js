import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", "**/*.d.ts"] },
  ...tseslint.configs.recommended,
  {
    files: ["src/**/*.ts", "test/**/*.ts"],
    extends: [tseslint.configs.recommendedTypeCheckedOnly],
    languageOptions: { parserOptions: { project: "./tsconfig.test.json" } },
    rules: {
      eqeqeq: ["error", "always"],
      "no-console": "error",
      "max-lines": ["error", { max: 300 }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],

      // Of the strict and stylistic presets what finds mistakes or says less. Not taken: no-non-null-assertion (with noUncheckedIndexedAccess every
      // loop over an array asserts), no-unnecessary-condition (fields that a damaged file leaves out), restrict-template-expressions (numbers are printed).
      "@typescript-eslint/no-deprecated": "error",
      "@typescript-eslint/no-unnecessary-boolean-literal-compare": "error",
      "@typescript-eslint/no-unnecessary-template-expression": "error",
      "@typescript-eslint/no-unnecessary-type-arguments": "error",
      "@typescript-eslint/no-unnecessary-type-conversion": "error",
      "@typescript-eslint/non-nullable-type-assertion-style": "error",
      "@typescript-eslint/prefer-includes": "error",
      "@typescript-eslint/prefer-string-starts-ends-with": "error",

      // Contexts are records of functions, taken apart freely; none of them reads `this`.
      "@typescript-eslint/unbound-method": "off",
      // ONNX stores its enums as plain integers, which may be of no known kind.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      // Functions that implement an asynchronous interface are async, whether or not they wait.
      "@typescript-eslint/require-await": "off",
    },
  },
  // What a file exports says its types, so that it is read without those that it imports.
  { files: ["src/**/*.ts"], rules: { "@typescript-eslint/explicit-module-boundary-types": "error" } },
  { files: ["src/ops/index.ts", "test/**/*.ts"], rules: { "max-lines": "off" } },
  // Matchers such as expect.stringContaining() are of type any.
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unsafe-assignment": "off" } },
);
