"""The built-in platforms. They come in through crmbridge's entry points, like anyone's; nobody imports them."""
