"""Chains: started locally or connected to, their clock, their contracts. The only package that speaks web3."""
