// Compiles Counter.sol beside it into Counter.json: node tests/vectors/chain/compile.mjs
import { readFileSync, writeFileSync } from "node:fs";
import solc from "solc";

const here = new URL(".", import.meta.url);
const input = {
  language: "Solidity",
  sources: { "Counter.sol": { content: readFileSync(new URL("Counter.sol", here), "utf8") } },
  settings: {
    evmVersion: "prague",
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { Counter: ["abi", "evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
if (output.errors?.some((error) => error.severity === "error")) throw new Error(JSON.stringify(output.errors, null, 2));
const { abi, evm } = output.contracts["Counter.sol"].Counter;
const artefact = { contractName: "Counter", abi, bytecode: evm.bytecode.object };
writeFileSync(new URL("Counter.json", here), JSON.stringify(artefact, null, 1) + "\n");
