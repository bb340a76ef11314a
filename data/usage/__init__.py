"""What tells how a service uses the chat: facts counted once (stats, fill), and what is read off them."""
