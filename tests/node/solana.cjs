// Solana's own client: whether it takes addresses, and what it reads of an endpoint. A line of JSON an address.
const { isAddress } = require("@solana/addresses");
const { createSolanaRpc } = require("@solana/rpc");

const [url, mint, ...addresses] = process.argv.slice(2);
const rpc = createSolanaRpc(url);

(async () => {
  for (const address of addresses) {
    const line = { address, isAddress: isAddress(address) };
    if (line.isAddress) {
      line.lamports = `${(await rpc.getBalance(address).send()).value}`;
      const held = await rpc.getTokenAccountsByOwner(address, { mint }, { encoding: "jsonParsed" }).send();
      line.tokens = held.value.map(({ account }) => account.data.parsed.info.tokenAmount.amount);
    }
    console.log(JSON.stringify(line));
  }
})();
