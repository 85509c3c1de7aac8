"""交易条款: merchants' terms, price levels, minimums, freight."""
